-- What the daily counts hold is every article that has a day, once.
select 1 as differs
where (select sum(articles) from {{ ref("articles_daily") }})
  <> (select count(*) from {{ ref("articles_latest") }} where published_day is not null)
