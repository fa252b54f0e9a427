#!/usr/bin/env bash
# One run on Kubernetes. The config must be in the image or on a volume; see docs/guides/spark.md.
#   KUBERNETES=https://host:6443 IMAGE=registry/warta-spark LAKE=s3://bucket/news submit-kubernetes.sh
set -euo pipefail
: "${KUBERNETES:?address of the API server}" "${IMAGE:?image of the stage spark}" "${LAKE:?URI of the lake}"
CONFIG=${CONFIG:-/etc/warta/sources.toml}
exec spark-submit \
  --master "k8s://$KUBERNETES" --deploy-mode cluster --name warta \
  --conf "spark.kubernetes.container.image=$IMAGE" \
  --conf "spark.kubernetes.namespace=${NAMESPACE:-warta}" \
  --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \
  --conf "spark.executor.instances=${EXECUTORS:-4}" \
  --conf spark.executor.cores=2 --conf spark.executor.memory=1g \
  --conf spark.executor.memoryOverhead=1500m --conf spark.driver.memory=1g \
  --conf spark.driver.memoryOverhead=2g \
  --conf spark.python.daemon.module=warta.pipeline.spark.daemon \
  local:///opt/warta/main.py run --config "$CONFIG" --lake "$LAKE" --engine spark --epoch-mb "${EPOCH_MB:-500}"
