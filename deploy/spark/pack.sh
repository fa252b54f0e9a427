#!/usr/bin/env bash
# Packs this Python with warta and its libraries for clusters that have none: env.tar.gz, with conda-pack,
# since a virtual environment would want the same Python at the same path on every machine.
set -euo pipefail
WHEEL=${1:?the wheel of warta, of pip wheel --no-deps .}
conda create --yes --prefix build/env python=3.11 openjdk=17
build/env/bin/pip install "$WHEEL[spark]"
conda-pack --prefix build/env --output env.tar.gz
