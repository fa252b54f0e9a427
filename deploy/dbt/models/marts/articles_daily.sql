-- Articles a day and language, with the day's total and the share of it.
with counted as (
  select
    published_day,
    in_language,
    count(*) as articles,
    sum(case when is_original then 1 else 0 end) as originals,
    sum(case when is_original then 0 else 1 end) as copies,
    sum(word_count) as words
  from {{ ref("articles_latest") }}
  where published_day is not null
  group by published_day, in_language
)

select
  *,
  sum(articles) over (partition by published_day) as total,
  articles * 1.0 / sum(articles) over (partition by published_day) as share
from counted
