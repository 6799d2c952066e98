"""Flower's deprecated in-memory gRPC server (it writes nothing down), with FedAvg. Prints the time at which each round begins, and
at the end.

usage: grpc_server.py HOST:PORT CLIENTS MEGABYTES ROUNDS"""

import sys
import time

import numpy as np
from flwr.common import ndarrays_to_parameters
from flwr.server import ServerConfig, start_server
from flwr.server.strategy import FedAvg

address, clients, megabytes, rounds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])


def mark() -> None:
    print(f"mark {time.time()}", flush=True)


class MarkedFedAvg(FedAvg):
    def configure_fit(self, server_round, parameters, client_manager):
        if server_round == 1:  # without the wait for clients
            client_manager.wait_for(clients)
        mark()
        return super().configure_fit(server_round, parameters, client_manager)


start = np.random.default_rng(0).standard_normal(int(megabytes * 1e6 / 4)).astype(np.float32)
strategy = MarkedFedAvg(
    fraction_evaluate=0.0,
    min_fit_clients=clients,
    min_evaluate_clients=0,
    min_available_clients=clients,
    initial_parameters=ndarrays_to_parameters([start]),
)
start_server(server_address=address, config=ServerConfig(num_rounds=rounds), strategy=strategy)
mark()
