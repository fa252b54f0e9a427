{% test shares_add_up(model, by) %}
select {{ by }}, sum(share) as shares
from {{ model }}
group by {{ by }}
having abs(sum(share) - 1) > 0.000001
{% endtest %}
