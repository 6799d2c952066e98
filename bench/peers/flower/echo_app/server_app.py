"""FedAvg as a user would write it: all nodes train, none evaluates. A line is appended to the file `marks` when a round begins,
and one more at the end."""

import time

import numpy as np
from flwr.app import ArrayRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

app = ServerApp()


class MarkedFedAvg(FedAvg):
    def __init__(self, marks: str, **rest):
        super().__init__(**rest)
        self.marks = marks

    def mark(self) -> None:
        with open(self.marks, "a", encoding="utf8") as file:
            file.write(f"{time.time()}\n")

    def configure_train(self, server_round, arrays, config, grid):
        self.mark()
        return super().configure_train(server_round, arrays, config, grid)


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    clients = int(config["clients"])
    strategy = MarkedFedAvg(
        str(config["marks"]),
        fraction_evaluate=0.0,
        min_train_nodes=clients,
        min_available_nodes=clients,
    )
    # One array, which suits Flower best: it makes requests for each.
    count = int(float(config["megabytes"]) * 1e6 / 4)
    start = ArrayRecord([np.random.default_rng(0).standard_normal(count).astype(np.float32)])
    strategy.start(grid=grid, initial_arrays=start, num_rounds=int(config["rounds"]))
    strategy.mark()
