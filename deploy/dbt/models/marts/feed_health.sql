-- Feeds that are followed, with what they brought and how they are.
with brought as (
  select feed_url, count(*) as articles, max(ingested_at) as last_article_at
  from {{ ref("articles_latest") }}
  where feed_url is not null
  group by feed_url
)

select
  feeds.*,
  coalesce(brought.articles, 0) as articles,
  brought.last_article_at,
  case
    when feeds.stopped_at is not null then 'gone'
    when feeds.error_streak > 0 then 'failing'
    when feeds.moved_to is not null then 'moved'
    else 'healthy'
  end as health
from {{ ref("stg_feeds") }} as feeds
left join brought on feeds.feed_url = brought.feed_url
