-- Which publisher carries articles that another one had first.
select
  originals.publisher as original_publisher,
  copies.publisher as copying_publisher,
  copies.duplicate_kind,
  count(*) as articles,
  avg(copies.similarity) as mean_similarity
from {{ ref("articles_latest") }} as copies
inner join {{ ref("articles_latest") }} as originals
  on copies.duplicate_of = originals.article_id
group by originals.publisher, copies.publisher, copies.duplicate_kind
