#!/usr/bin/env bash
# One run on EMR, as a step. env.tar.gz of pack.sh, main.py and sources.toml are in s3://$BUCKET/warta.
# The release of the cluster must have Spark 4 and Java 17.
set -euo pipefail
: "${CLUSTER:?id of the cluster, j-...}" "${BUCKET:?bucket without s3://}"
step='[{"Type":"Spark","Name":"warta","ActionOnFailure":"CONTINUE","Args":[
  "--deploy-mode","cluster",
  "--archives","s3://BUCKET/warta/env.tar.gz#env","--files","s3://BUCKET/warta/sources.toml",
  "--conf","spark.yarn.appMasterEnv.PYSPARK_PYTHON=./env/bin/python",
  "--conf","spark.executorEnv.PYSPARK_PYTHON=./env/bin/python",
  "--conf","spark.pyspark.python=./env/bin/python",
  "--conf","spark.python.daemon.module=warta.pipeline.spark.daemon",
  "--conf","spark.executor.memoryOverhead=1500m",
  "s3://BUCKET/warta/main.py",
  "run","--config","sources.toml","--lake","s3://BUCKET/lake","--engine","spark","--epoch-mb","EPOCH"]}]'
step=${step//BUCKET/$BUCKET}
aws emr add-steps --cluster-id "$CLUSTER" --steps "${step//EPOCH/${EPOCH_MB:-500}}"
