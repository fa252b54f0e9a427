#!/bin/sh
# Puts the flex template into a bucket, and runs it once.
#   PROJECT=news REGION=asia-southeast2 BUCKET=news-bucket REPOSITORY=asia-southeast2-docker.pkg.dev/news/warta \
#     deploy/dataflow/launch.sh 'gs://news-bucket/dumps/*.jsonl.gz'
set -eu
: "${PROJECT:?}" "${REGION:?}" "${BUCKET:?}" "${REPOSITORY:?}"
inputs=${1:?"name the inputs, separated by commas"}

for target in worker template; do
  docker build --file deploy/Dockerfile --target "$target" --tag "$REPOSITORY/$target" .
  docker push "$REPOSITORY/$target"
done

gcloud dataflow flex-template build "gs://$BUCKET/templates/warta.json" \
  --project "$PROJECT" --image "$REPOSITORY/template" --sdk-language PYTHON \
  --metadata-file deploy/dataflow/metadata.json

gcloud dataflow flex-template run "warta-$(date -u +%Y%m%d-%H%M%S)" \
  --project "$PROJECT" --region "$REGION" \
  --template-file-gcs-location "gs://$BUCKET/templates/warta.json" \
  --parameters "^~^inputs=$inputs~lake=gs://$BUCKET/lake~sdk_container_image=$REPOSITORY/worker"
