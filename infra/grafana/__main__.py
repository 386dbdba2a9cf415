"""`python -m infra.grafana`: writes `dashboards/postgres` and `dashboards/redshift`."""

from infra.grafana.generating import write
from local.state import PROJECT

for path in write(PROJECT / "dashboards"):
    print(path.relative_to(PROJECT))
