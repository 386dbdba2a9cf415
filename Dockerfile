# The package for Lambda, built where it will run: docker build --output build .
# The functions run on x86_64, whatever the laptop has. The image is from AWS's own registry. Only its tag pins it: the
# registry could not be reached when this was written, and a digest that nobody has pulled might not exist. Put it here by
# `docker buildx imagetools inspect public.ecr.aws/lambda/python:3.13`; the log of each build names the one that was used.
# No file of the image gets into the package; the lock files pin its parts.
# hadolint ignore=DL3029
FROM --platform=linux/amd64 public.ecr.aws/lambda/python:3.13 AS package
# The image's release of Amazon Linux decides the versions of gawk and make; neither gets into the package.
# hadolint ignore=DL3041
RUN microdnf install -y gawk make \
    && microdnf clean all \
    && mkdir /package \
    && chown 1000:1000 /package
USER 1000:1000
WORKDIR /package
ENV HOME=/package PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
COPY --chown=1000:1000 . .
ARG STAGE=prod
RUN make package STAGE="$STAGE"

FROM scratch
COPY --from=package /package/build/sam.yaml /package/build/deployment.zip /
