"""News into the lake every 15 minutes, by Airflow 3; then what must hold of the lake, once a day.

The worker has warta on its path; /srv/news holds sources.toml and the lake. Runs never overlap,
and one that was killed is finished by the next: no task needs a retry of its own.
"""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

START = pendulum.datetime(2026, 1, 1, tz="UTC")

with DAG(
    "warta",
    schedule="*/15 * * * *",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["news"],
):
    BashOperator(
        task_id="watch",
        cwd="/srv/news",
        bash_command="warta watch --config sources.toml --lake lake --once --wait 600 --quiet",
        execution_timeout=timedelta(hours=1),
    )

with DAG(
    "warta_verify",
    schedule="30 2 * * *",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["news"],
):
    BashOperator(task_id="verify", cwd="/srv/news", bash_command="warta verify lake")
