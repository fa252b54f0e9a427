-- Stories a day: how many have articles of that day, how many of them begin with it, and the largest.
with days as (
  select
    stories.story_id,
    stories.title,
    {{ warta.field("story_day", "day") }} as day,
    cast({{ warta.field("story_day", "articles") }} as integer) as articles,
    min({{ warta.field("story_day", "day") }}) over (partition by stories.story_id) as first_day
  from {{ ref("stg_stories") }} as stories
  {{ warta.unnest("stories.timeline", "story_day") }}
  where stories.is_current
),

ranked as (
  select
    *,
    row_number() over (partition by day order by articles desc, story_id) as largest_first
  from days
  where day <> 'unknown'
)

select
  cast(day as date) as published_day,
  count(*) as stories,
  sum(case when day = first_day then 1 else 0 end) as new_stories,
  sum(articles) as articles,
  max(case when largest_first = 1 then story_id end) as largest_story,
  max(case when largest_first = 1 then title end) as largest_title,
  max(articles) as largest_articles
from ranked
group by day
