-- Stories, one row each: that with the highest version. One that was joined into another is not current.
with ranked as (
  select
    *,
    row_number() over (partition by story_id order by version desc) as newest_first
  from {{ source("lake", "stories") }}
)

select
  story_id,
  version,
  current_id,
  current_id = story_id as is_current,
  title,
  title_of,
  first_seen,
  last_seen,
  articles,
  copies,
  publishers,
  languages,
  entities,
  topics,
  places,
  timeline,
  updated_at
from ranked
where newest_first = 1
