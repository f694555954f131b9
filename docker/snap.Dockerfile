# `snap` as a container image, from what `make build` made: `make snap-image`. Chromium lies in it unpacked, so nothing
# is unpacked at start and nothing of it takes room in /tmp.

# Lambda's own Python, or anything that has it in the same places.
ARG BASE=public.ecr.aws/lambda/python:3.13-x86_64

FROM ${BASE} AS unpacked
COPY ApplicationLayer SnapPackagesLayer ChromiumLayer /opt/
RUN PYTHONPATH=/opt/python /var/lang/bin/python -c "\
from pathlib import Path; from pagelapse.adapters.unpacking import Unpacking; \
made = Unpacking(Path('/opt/chromium'), Path('/opt/made')); made.node.result(); made.chromium.result()" \
    && cd /opt/chromium && rm -r ./*.zst more-fonts node-cache && find /opt/made -type l -delete \
    && mv /opt/made/more-fonts/* fonts/ && rm -r /opt/made/more-fonts /opt/made/node-cache \
    && mv /opt/made/* . && chmod 755 node chromium && chmod 644 fonts/* && rmdir /opt/made

FROM ${BASE}
COPY --from=unpacked /opt /opt
COPY SnapFunction /var/task
ENV PLAYWRIGHT_NODEJS_PATH=/opt/chromium/node
CMD ["handler.handler"]
