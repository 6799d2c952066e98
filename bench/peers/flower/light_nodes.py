"""Many SuperNodes in one process, as light as Flower's own connection to the Fleet API lets them be: a real SuperNode starts a Python
process for every message, which would measure the clients. Each pulls its message with all objects, drops them, and pushes
an update of its own.

usage: light_nodes.py HOST:PORT NODES MEGABYTES"""

import sys
import threading
import time
import traceback

import numpy as np
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.supercore.inflatable.inflatable_object import (
    get_all_nested_objects,
    get_object_tree,
    no_object_id_recompute,
)
from flwr.supercore.inflatable.inflatable_utils import pull_objects
from flwr.supercore.run import RunNotRunningException
from flwr.supernode.fleet_http_connection import http_request_response

POLL_SECONDS = 3  # a real SuperNode's; more often, the polls alone keep a SuperLink busy
address, nodes, megabytes = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])


def object_ids(tree):
    """A message's objects, children first."""
    for child in tree.children:
        yield from object_ids(child)
    yield tree.object_id


def make_update(array: np.ndarray, number: int) -> RecordDict:
    """Different bytes for each node and round: the SuperLink keeps equal objects once, and drops them with the first that goes."""
    array[0] = number
    return RecordDict({"arrays": ArrayRecord([array]), "metrics": MetricRecord({"num-examples": 1})})


def persist(call):
    """A real SuperNode gives a message up when the SuperLink is too busy to answer, and the round then waits for an hour."""
    for _ in range(20):
        try:
            return call()
        except RunNotRunningException:
            raise
        except Exception:
            complain()
            time.sleep(1)
    raise RuntimeError("the SuperLink did not take it")


def complain() -> None:
    print(f"error {traceback.format_exc().strip().splitlines()[-1]}", flush=True)


def echo(connection, array, number) -> bool:
    """One message, if there is one."""
    _, receive, send, _, _, pull_object, push_object, confirm = connection
    received = receive()
    if received is None:
        return False
    message, tree = received
    run_id = message.metadata.run_id
    pull_objects(list(object_ids(tree)), lambda object_id: pull_object(run_id, object_id))
    confirm(run_id, message.metadata.message_id)
    message.content = RecordDict()
    reply = Message(make_update(array, number), reply_to=message)
    with no_object_id_recompute():
        objects = get_all_nested_objects(reply)
        reply.metadata.__dict__["_message_id"] = reply.object_id
        wanted, session = persist(lambda: send(reply, get_object_tree(reply), 0.001))
        for object_id, part in objects.items():
            if object_id in wanted:
                persist(lambda: push_object(run_id, session, object_id, part.deflate()))
    return True


def run_node(seed: int, joined: threading.Semaphore) -> None:
    array = np.random.default_rng(1000 + seed).standard_normal(int(megabytes * 1e6 / 4)).astype(np.float32)
    number = 0
    with http_request_response(address, True) as connection:
        joined.release()
        while True:
            try:
                if echo(connection, array, number):
                    number += 1
                else:
                    time.sleep(POLL_SECONDS)
            except RunNotRunningException:
                time.sleep(POLL_SECONDS)
            except Exception:
                complain()
                time.sleep(1)


joined = threading.Semaphore(0)
for number in range(nodes):
    threading.Thread(target=run_node, args=(number, joined), daemon=True).start()
for _ in range(nodes):
    joined.acquire()
print("joined", flush=True)
sys.stdin.read()  # until the benchmark goes
