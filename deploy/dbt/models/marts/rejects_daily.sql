-- Rejects a day, by the step and the reason, and how many wait for a replay.
select
  rejected_day,
  stage,
  reason,
  count(*) as rejects,
  sum(case when is_open then 1 else 0 end) as still_open,
  count(distinct source_uri) as sources
from {{ ref("stg_rejects") }}
group by rejected_day, stage, reason
