#!/bin/bash

# Parameters
#SBATCH --cpus-per-task=4
#SBATCH --job-name=xdomain.ts-held.20261126-003720-97d9.data
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --mem=16G
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --open-mode=append
#SBATCH --output=/scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/%j_0_log.out
#SBATCH --partition=gpu
#SBATCH --signal=USR2@120
#SBATCH --time=240

# setup
trap : TERM
xdomain_job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}}
xdomain_job=${xdomain_job:-$SLURM_JOB_ID}
xdomain_mark=/scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/requeue.$xdomain_job
rm -f "$xdomain_mark"
set -e
set +e

# command
export SUBMITIT_EXECUTOR=slurm
srun --unbuffered --output /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/%j_%t_log.out --cpus-per-task=4 --kill-on-bad-exit=1 /home/student/xdomain/.venv/bin/python -u -m submitit.core._submit /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs


# teardown
rc=$?
xdomain_again() {
  state=$(squeue --noheader --states=all --jobs="$xdomain_job" --format='%T %r') || return
  case $state in
    RUNNING*|"COMPLETING TimeLimit") ;;
    *) echo "Not started again from here: Slurm says $state."; return 0 ;;
  esac
  scontrol requeue "$xdomain_job" && return
  inherited=$(env | grep -oE '^(SLURM|SBATCH|SRUN|PMIX?|SUBMITIT)_[A-Za-z0-9_]*' | grep -vx SLURM_CONF)
  next=$(env $(printf -- '-u %s ' $inherited) sbatch --parsable --dependency=afterany:$SLURM_JOB_ID     ${SLURM_ARRAY_TASK_ID:+--array=$SLURM_ARRAY_TASK_ID} /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_submission.sh)
  next=${next%%;*}
  [ -n "$next" ] && cp /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/${xdomain_job}_submitted.pkl     /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/$next${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}_submitted.pkl &&
    cp /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_submission.sh /scratch/held/runs/ts-held/launches/20261126-003720-97d9/logs/${next}_submission.sh &&
    echo "follow-up job $next"
}
for pause in 0 5 10 20 40 60 60 60 60 60 60 60 60 60 60; do
  [ -e "$xdomain_mark" ] || break
  sleep $pause
  xdomain_again && rm -f "$xdomain_mark"
done
exit $rc