#!/usr/bin/env bash
# One run on Dataproc. env.tar.gz of pack.sh, main.py and sources.toml are in gs://$BUCKET/warta.
# The image of the cluster must have Spark 4 and Java 17.
set -euo pipefail
: "${CLUSTER:?name of the cluster}" "${REGION:?region}" "${BUCKET:?bucket without gs://}"
exec gcloud dataproc jobs submit pyspark "gs://$BUCKET/warta/main.py" \
  --cluster "$CLUSTER" --region "$REGION" \
  --archives "gs://$BUCKET/warta/env.tar.gz#env" --files "gs://$BUCKET/warta/sources.toml" \
  --properties "spark.submit.deployMode=cluster,spark.yarn.appMasterEnv.PYSPARK_PYTHON=./env/bin/python,spark.executorEnv.PYSPARK_PYTHON=./env/bin/python,spark.pyspark.python=./env/bin/python,spark.python.daemon.module=warta.pipeline.spark.daemon,spark.executor.memoryOverhead=1500m" \
  -- run --config sources.toml --lake "gs://$BUCKET/lake" --engine spark --epoch-mb "${EPOCH_MB:-500}"
