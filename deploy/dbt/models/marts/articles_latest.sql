-- The latest version of every article, without its body's history.
select * from {{ ref("stg_articles") }}
where is_latest
