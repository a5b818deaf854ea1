#!/bin/sh
# Draw dives, list them as a CSV file, and carry out study.toml on that list: two minutes on two idle cores. What is drawn,
# the lists and a copy of the study go to FOLDER.
#
#   run.sh [FOLDER]
set -eu
PYTHON=${PYTHON:-python}
HERE=$(dirname "$0")
FOLDER=${1:-${XDOMAIN_DATA:-data}/torchvision-example}
mkdir -p "$FOLDER"
FOLDER=$(cd "$FOLDER" && pwd)
$PYTHON -m xdomain mini-diving --out "$FOLDER/dives" --train "${TRAIN:-40}" --test "${TEST:-20}" --classes 4 --size 64x64 \
  --length 16 --bias 0.8 --labelled 0
$PYTHON "$HERE/list_videos.py" "$FOLDER/dives" "$FOLDER"
cp "$HERE/study.toml" "$HERE/claims.csv" "$FOLDER"
$PYTHON -m jobs.launch study "$FOLDER/study.toml" --cluster local
$PYTHON -m analysis tables --study torchvision.example
$PYTHON -m analysis figures --study torchvision.example
$PYTHON -m analysis claims --study torchvision.example --brief
