#!/bin/sh
# Check the model, train it and the paper's 3D CNN on moving dots, and evaluate both on the paper's domains, on controls
# of time and on crosses: a minute on two idle cores. Sets and epochs are few; a real run leaves the --set options away.
set -eu
PYTHON=${PYTHON:-python}
$PYTHON -m xdomain check-model difference
$PYTHON -m jobs.launch ts-grid --cluster local --source 2dot --model difference,3dcnn --hidden 4 --seed 42 \
  --also reversed,frozen,cross --tag own --set digits=uci \
  --set "train_clips=${CLIPS:-600}" --set val_clips=100 --set eval_clips=100 \
  --set optimizer=adam --set lr=0.005 --set batch_size=8 --set "max_epochs=${EPOCHS:-3}"
$PYTHON -m analysis tables --study ts-own
