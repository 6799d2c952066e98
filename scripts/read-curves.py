"""Reads curves with a tracker's own library and prints them as JSON: {run: {name: [[step, value], ...]}}.

python scripts/read-curves.py tensorboard FOLDER | mlflow URL EXPERIMENT | trackio FOLDER PROJECT
"""

import json
import os
import sys


def tensorboard(folder):
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    runs = EventMultiplexer().AddRunsFromDirectory(folder)
    runs.Reload()
    return {
        run: {tag: [[e.step, e.value] for e in runs.Scalars(run, tag)] for tag in tags["scalars"]}
        for run, tags in runs.Runs().items()
    }


def mlflow(url, experiment):
    from mlflow import MlflowClient

    client = MlflowClient(url)
    found = client.get_experiment_by_name(experiment)
    return {
        run.info.run_name: {
            name: [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, name)]
            for name in run.data.metrics
        }
        for run in client.search_runs([found.experiment_id])
    }


def trackio(folder, project):
    os.environ["TRACKIO_DIR"] = folder
    from trackio.sqlite_storage import SQLiteStorage

    runs = {}
    for record in SQLiteStorage.get_run_records(project):
        curves = runs.setdefault(record["name"], {})
        for entry in SQLiteStorage.get_logs(project, record["name"], run_id=record["id"]):
            for name, value in entry.items():
                if name not in ("step", "timestamp"):
                    curves.setdefault(name, []).append([entry["step"], value])
    return runs


if __name__ == "__main__":
    json.dump({"tensorboard": tensorboard, "mlflow": mlflow, "trackio": trackio}[sys.argv[1]](*sys.argv[2:]), sys.stdout)
