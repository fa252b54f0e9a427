-- Original articles a day and topic; the total is of all original articles of the day, and since an
-- article may have several topics, the shares of a day may add up to more than one.
with articles as (
  select * from {{ ref("articles_latest") }}
  where is_original and published_day is not null
),

totals as (
  select published_day, count(*) as total
  from articles
  group by published_day
),

named as (
  select distinct
    articles.article_id,
    articles.published_day,
    {{ warta.field("topic", "scheme") }} as scheme,
    {{ warta.field("topic", "qcode") }} as qcode,
    {{ warta.field("topic", "name") }} as topic
  from articles
  {{ warta.unnest("articles.topics", "topic") }}
)

select
  named.published_day,
  named.scheme,
  named.qcode,
  named.topic,
  count(*) as articles,
  max(totals.total) as total,
  count(*) * 1.0 / max(totals.total) as share
from named
inner join totals on named.published_day = totals.published_day
group by named.published_day, named.scheme, named.qcode, named.topic
