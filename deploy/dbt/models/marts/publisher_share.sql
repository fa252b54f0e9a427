-- Publishers a day: their articles, and their share of the day's.
with counted as (
  select
    published_day,
    publisher,
    count(*) as articles,
    sum(case when is_original then 1 else 0 end) as originals
  from {{ ref("articles_latest") }}
  where published_day is not null
  group by published_day, publisher
)

select
  *,
  sum(articles) over (partition by published_day) as total,
  articles * 1.0 / sum(articles) over (partition by published_day) as share
from counted
