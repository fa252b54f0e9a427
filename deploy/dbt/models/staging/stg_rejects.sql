-- Rejects: of those with one id the last, with its day as a date.
with ranked as (
  select
    *,
    row_number() over (partition by reject_id order by failed_at desc) as newest_first
  from {{ source("lake", "rejects") }}
)

select
  reject_id,
  stage,
  reason,
  error,
  source_uri,
  source_record_id,
  raw_length,
  run_id,
  failed_at,
  cast(rejected_date as date) as rejected_day,
  replayed_by,
  replayed_by is null as is_open
from ranked
where newest_first = 1 or reject_id is null
