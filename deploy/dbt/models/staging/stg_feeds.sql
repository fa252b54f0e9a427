select
  feed_url,
  name,
  moved_to,
  polled_at,
  succeeded_at,
  new_entry_at,
  stopped_at,
  http_status,
  error,
  error_streak,
  entry_gap_s,
  polls,
  entries
from {{ source("lake", "feeds") }}
