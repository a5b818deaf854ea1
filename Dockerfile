# The image for Docker and Podman: every pinned package and this checkout's code. From the top folder:
#
#   docker build --build-arg CODE_VERSION="$(git describe --always --dirty --abbrev=40)" \
#     --build-arg LOCK_SHA256="$(sha256sum requirements.lock | cut -d ' ' -f 1)" --tag xdomain .
#   docker run --rm xdomain                                 # the same as: python -m xdomain --help
#   docker run --rm --gpus all xdomain python -c "import torch; print(torch.cuda.device_count())"
#
# Development: bind a checkout over the baked-in code; nothing needs to be built anew until packages change.
#
#   docker run --rm --volume "$PWD:/opt/xdomain" --env XDOMAIN_CODE_VERSION="$(git describe --always --dirty)" \
#     xdomain python -m xdomain --help
#
# BASE is any image with python3.11 and its venv module; name one by digest (python@sha256:…) to build the same again. Keep apptainer.def in step: both install the same way.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

# A virtual environment, since only some bases call their interpreter `python`.
RUN python3 -m venv /opt/venv
# Nothing on a mounted home, and no checkout in the working folder, may shadow what the image holds.
ENV PATH=/opt/venv/bin:$PATH PYTHONNOUSERSITE=1 PYTHONSAFEPATH=1

# Packages first: this layer, the large one, is made anew only when one of these files changes. The hashed lock has all
# but torch and torchvision, whose builds differ between indexes (the CUDA libraries of one are pinned in the other lock), and the OpenCV
# with windows that mmcv asks for: an image has no screen, and libGL would bring 220 MB of Mesa along.
COPY requirements.lock requirements-hashed.lock /opt/xdomain/
WORKDIR /opt/xdomain
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement requirements-hashed.lock \
 && pip install --no-cache-dir --constraint requirements.lock $(grep -E '^(torch|torchvision)==' requirements.lock) \
 && pip freeze --exclude-editable > /opt/venv/installed.txt

# Then the code; editable, so that a checkout bound over /opt/xdomain is what runs.
COPY pyproject.toml README.md LICENSE /opt/xdomain/
COPY xdomain /opt/xdomain/xdomain
COPY jobs /opt/xdomain/jobs
COPY analysis /opt/xdomain/analysis
COPY segment /opt/xdomain/segment
COPY xdomain_cli /opt/xdomain/xdomain_cli
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

ARG CODE_VERSION=unknown
ARG LOCK_SHA256=unknown
# A hash that does not fit its lock would be worse than none.
RUN test "$LOCK_SHA256" = unknown || echo "$LOCK_SHA256  requirements.lock" | sha256sum --check --quiet
LABEL org.opencontainers.image.title=xdomain \
      org.opencontainers.image.revision=$CODE_VERSION \
      xdomain.code-version=$CODE_VERSION \
      xdomain.lock-sha256=$LOCK_SHA256
ENV XDOMAIN_CODE_VERSION=$CODE_VERSION

# The same check as in apptainer.def.
RUN cd / \
 && python -c "import cv2, mmcv, mmengine, pyarrow, pytorch_lightning, sklearn, submitit, tensorboard, \
timesformer_pytorch, torch, wandb" \
 && python -c "import analysis, jobs, segment, xdomain" \
 && cd "$(mktemp -d)" \
 && XDOMAIN_DATA=data XDOMAIN_RUNS=runs python -m jobs.launch ts-grid --cluster debug --source 2dot --model 3dcnn \
      --hidden 2 --seed 42 --tag selftest --set digits=uci --set train_clips=64 --set val_clips=32 \
      --set eval_clips=20 --set batch_size=16 --set max_epochs=3 \
 && test -s runs/ts-selftest/2dot/3dcnn/h2/seed42/result.json \
 && rm -r "$PWD"

CMD ["python", "-m", "xdomain", "--help"]
