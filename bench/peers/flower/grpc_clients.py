"""Many clients of Flower's deprecated gRPC server in one process: each keeps the stream open and answers what it is sent with an
update made before.

usage: grpc_clients.py HOST:PORT CLIENTS MEGABYTES"""

import sys
import threading
from queue import Queue

import grpc
import numpy as np
from flwr.common import ndarrays_to_parameters
from flwr.common.serde import parameters_to_proto
from flwr.proto.transport_pb2 import ClientMessage, Code, Status
from flwr.proto.transport_pb2_grpc import FlowerServiceStub

address, clients, megabytes = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
LIMIT = 536_870_912  # Flower's own
options = [("grpc.max_send_message_length", LIMIT), ("grpc.max_receive_message_length", LIMIT)]
options.append(("grpc.use_local_subchannel_pool", 1))  # a connection for each
array = np.random.default_rng(1).standard_normal(int(megabytes * 1e6 / 4)).astype(np.float32)
answer = ClientMessage(
    fit_res=ClientMessage.FitRes(
        status=Status(code=Code.OK),
        parameters=parameters_to_proto(ndarrays_to_parameters([array])),
        num_examples=1,
    )
)


def run_client() -> None:
    channel = grpc.insecure_channel(address, options=options)
    grpc.channel_ready_future(channel).result(timeout=60)
    answers: Queue = Queue()
    try:
        for message in FlowerServiceStub(channel).Join(iter(answers.get, None)):
            kind = message.WhichOneof("msg")
            if kind == "fit_ins":
                answers.put(answer)
            elif kind == "reconnect_ins":
                answers.put(ClientMessage(disconnect_res=ClientMessage.DisconnectRes()))
            else:
                raise SystemExit(f"unexpected {kind}")
    except grpc.RpcError:
        pass  # the server has ended


threads = [threading.Thread(target=run_client, daemon=True) for _ in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
