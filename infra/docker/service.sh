#!/bin/sh
# soldwire-service <service> [verb …]: one service with its own credentials. Without a verb it migrates, then serves.
set -eu
service=${1:?which service?}
shift
module=$(printf '%s' "$service" | tr - _)
file="${SOLDWIRE_CREDENTIALS:?}/$service/service.env"
if [ -r "$file" ]; then # else the variables come from elsewhere, such as Kubernetes' secrets
    set -a
    . "$file"
    set +a
fi
if [ "$#" -eq 0 ]; then
    python -m "$module" migrate
    set -- run
fi
exec python -m "$module" "$@"
