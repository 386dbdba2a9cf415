# The package for Lambda, built where it will run: docker build --output build .
# The functions run on x86_64, whatever the laptop has. Only its tag pins the image, since nobody has looked up its
# digest yet. The lock files pin everything that gets into the package.
# hadolint ignore=DL3029
FROM --platform=linux/amd64 amazon/aws-lambda-python:3.13 AS package
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
