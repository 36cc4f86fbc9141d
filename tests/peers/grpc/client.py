"""The cases of grpc/grpc doc/interop-test-descriptions.md with the C core's Python client. Prints ["case", "ok" or what went wrong] for each."""
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback

import grpc

ROOT = "/usr/share/grpc-proto"
FILES = ["grpc/testing/empty.proto", "grpc/testing/messages.proto", "grpc/health/v1/health.proto",
         "grpc/reflection/v1/reflection.proto", "grpc/reflection/v1alpha/reflection.proto"]
TIMEOUT = 20
SIZES = [31415, 9, 2653, 58979]
INPUTS = [27182, 8, 1828, 45904]
INITIAL, TRAILING = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"

# The folder of the generated modules is named like the installed grpc package, so they are not importable as they are: only
# their descriptors are taken.
with tempfile.TemporaryDirectory() as folder:
    out = os.path.join(folder, "all.pb")
    subprocess.run(["protoc", "-I", ROOT, "--include_imports", "--descriptor_set_out", out] + FILES, check=True)
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    pool = descriptor_pool.DescriptorPool()
    with open(out, "rb") as file:
        for one in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
            pool.Add(one)
factory = message_factory.MessageFactory(pool)


def message(name):
    return factory.GetPrototype(pool.FindMessageTypeByName(name))


def method(channel, shape, path, request, reply):
    return getattr(channel, shape)(path, request_serializer=message(request).SerializeToString, response_deserializer=message(reply).FromString)


class Test:
    def __init__(self, channel):
        service, package = "/grpc.testing.TestService/", "grpc.testing."
        self.empty = method(channel, "unary_unary", service + "EmptyCall", package + "Empty", package + "Empty")
        self.unary = method(channel, "unary_unary", service + "UnaryCall", package + "SimpleRequest", package + "SimpleResponse")
        self.input = method(channel, "stream_unary", service + "StreamingInputCall", package + "StreamingInputCallRequest", package + "StreamingInputCallResponse")
        self.output = method(channel, "unary_stream", service + "StreamingOutputCall", package + "StreamingOutputCallRequest", package + "StreamingOutputCallResponse")
        self.duplex = method(channel, "stream_stream", service + "FullDuplexCall", package + "StreamingOutputCallRequest", package + "StreamingOutputCallResponse")
        self.unimplemented = method(channel, "unary_unary", service + "UnimplementedCall", package + "Empty", package + "Empty")
        self.nowhere = method(channel, "unary_unary", "/grpc.testing.UnimplementedService/UnimplementedCall", package + "Empty", package + "Empty")


channel = grpc.insecure_channel(sys.argv[1])
test = Test(channel)
Empty = message("grpc.testing.Empty")
Simple = message("grpc.testing.SimpleRequest")
Input = message("grpc.testing.StreamingInputCallRequest")
Output = message("grpc.testing.StreamingOutputCallRequest")
Health = message("grpc.health.v1.HealthCheckRequest")


class Requests:
    """A stream of requests that is fed by hand."""

    def __init__(self):
        self._ready, self._items, self._closed = threading.Condition(), [], False

    def __iter__(self):
        return self

    def __next__(self):
        with self._ready:
            self._ready.wait_for(lambda: self._items or self._closed)
            if self._items:
                return self._items.pop(0)
            raise StopIteration

    def write(self, item):
        with self._ready:
            self._items.append(item)
            self._ready.notify()

    def end(self):
        with self._ready:
            self._closed = True
            self._ready.notify()


def same(got, wanted):
    assert got == wanted, f"{got!r}, not {wanted!r}"


def fails(call, code, details=None):
    try:
        call()
    except grpc.RpcError as error:
        same(error.code(), code)
        if details is not None:
            same(error.details(), details)
        return
    raise AssertionError("the call did not fail")


def large(**more):
    return Simple(response_size=314159, payload={"body": bytes(271828)}, **more)


def empty_unary():
    same(test.empty(Empty(), timeout=TIMEOUT), Empty())


def large_unary():
    same(len(test.unary(large(), timeout=TIMEOUT).payload.body), 314159)


def client_streaming():
    same(test.input((Input(payload={"body": bytes(size)}) for size in INPUTS), timeout=TIMEOUT).aggregated_payload_size, 74922)


def server_streaming():
    replies = test.output(Output(response_parameters=[{"size": size} for size in SIZES]), timeout=TIMEOUT)
    same([len(reply.payload.body) for reply in replies], SIZES)


def ping_pong():
    requests = Requests()
    replies = test.duplex(requests, timeout=TIMEOUT)
    for size, sent in zip(SIZES, INPUTS):
        requests.write(Output(response_parameters=[{"size": size}], payload={"body": bytes(sent)}))
        same(len(next(replies).payload.body), size)
    requests.end()
    same(list(replies), [])


def empty_stream():
    same(list(test.duplex(iter(()), timeout=TIMEOUT)), [])


def cancel_after_begin():
    requests = Requests()
    call = test.input.future(requests, timeout=TIMEOUT)
    call.cancel()
    requests.end()
    same(call.code(), grpc.StatusCode.CANCELLED)


def cancel_after_first_response():
    requests = Requests()
    call = test.duplex(requests, timeout=TIMEOUT)
    requests.write(Output(response_parameters=[{"size": 31415}], payload={"body": bytes(27182)}))
    next(call)
    call.cancel()
    requests.end()
    fails(lambda: next(call), grpc.StatusCode.CANCELLED)


def timeout_on_sleeping_server():
    requests = Requests()
    call = test.duplex(requests, timeout=0.001)
    requests.write(Output(payload={"body": bytes(27182)}))
    fails(lambda: next(call), grpc.StatusCode.DEADLINE_EXCEEDED)
    requests.end()


def custom_metadata():
    sent = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))
    _, call = test.unary.with_call(large(), metadata=sent, timeout=TIMEOUT)
    stream = test.duplex(iter([Output(response_parameters=[{"size": 314159}], payload={"body": bytes(271828)})]), metadata=sent, timeout=TIMEOUT)
    list(stream)
    for one in (call, stream):
        same(dict(one.initial_metadata())[INITIAL], "test_initial_metadata_value")
        same(dict(one.trailing_metadata())[TRAILING], b"\xab\xab\xab")


def status_code_and_message():
    status = {"code": 2, "message": "test status message"}
    fails(lambda: test.unary(Simple(response_status=status), timeout=TIMEOUT), grpc.StatusCode.UNKNOWN, status["message"])
    fails(lambda: list(test.duplex(iter([Output(response_status=status)]), timeout=TIMEOUT)), grpc.StatusCode.UNKNOWN, status["message"])


def special_status_message():
    text = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
    fails(lambda: test.unary(Simple(response_status={"code": 2, "message": text}), timeout=TIMEOUT), grpc.StatusCode.UNKNOWN, text)


def unimplemented_method():
    fails(lambda: test.unimplemented(Empty(), timeout=TIMEOUT), grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service():
    fails(lambda: test.nowhere(Empty(), timeout=TIMEOUT), grpc.StatusCode.UNIMPLEMENTED)


def client_compressed_unary():
    fails(lambda: test.unary(large(expect_compressed={"value": True}), timeout=TIMEOUT), grpc.StatusCode.INVALID_ARGUMENT)
    for compression, expected in ((grpc.Compression.Gzip, True), (grpc.Compression.NoCompression, False)):
        reply = test.unary(large(expect_compressed={"value": expected}), compression=compression, timeout=TIMEOUT)
        same(len(reply.payload.body), 314159)


def client_compressed_streaming():
    # This client compresses all messages of a call or none.
    def sum_of(compression):
        requests = (Input(expect_compressed={"value": True}, payload={"body": bytes(size)}) for size in (27182, 45904))
        return test.input(requests, compression=compression, timeout=TIMEOUT).aggregated_payload_size

    fails(lambda: sum_of(grpc.Compression.NoCompression), grpc.StatusCode.INVALID_ARGUMENT)
    same(sum_of(grpc.Compression.Gzip), 73086)


def server_compressed_unary():
    for value in (True, False):
        same(len(test.unary(large(response_compressed={"value": value}), timeout=TIMEOUT).payload.body), 314159)


def server_compressed_streaming():
    parameters = [{"compressed": {"value": True}, "size": 31415}, {"compressed": {"value": False}, "size": 92653}]
    same([len(reply.payload.body) for reply in test.output(Output(response_parameters=parameters), timeout=TIMEOUT)], [31415, 92653])


def unsupported_compression():
    fails(lambda: test.unary(large(), compression=grpc.Compression.Deflate, timeout=TIMEOUT), grpc.StatusCode.UNIMPLEMENTED)


def health_check():
    check = method(channel, "unary_unary", "/grpc.health.v1.Health/Check", "grpc.health.v1.HealthCheckRequest", "grpc.health.v1.HealthCheckResponse")
    for service in ("", "grpc.testing.TestService"):
        same(check(Health(service=service), timeout=TIMEOUT).status, 1)
    fails(lambda: check(Health(service="nobody"), timeout=TIMEOUT), grpc.StatusCode.NOT_FOUND)


def health_watch():
    watch = method(channel, "unary_stream", "/grpc.health.v1.Health/Watch", "grpc.health.v1.HealthCheckRequest", "grpc.health.v1.HealthCheckResponse")
    for service, status in (("", 1), ("nobody", 3)):
        call = watch(Health(service=service), timeout=TIMEOUT)
        same(next(call).status, status)
        call.cancel()
        fails(lambda: next(call), grpc.StatusCode.CANCELLED)


def reflection(version):
    package = f"grpc.reflection.{version}."
    Request = message(package + "ServerReflectionRequest")
    info = method(channel, "stream_stream", f"/{package}ServerReflection/ServerReflectionInfo", package + "ServerReflectionRequest", package + "ServerReflectionResponse")
    asked = [Request(list_services=""), Request(file_containing_symbol="grpc.testing.SimpleRequest.payload"), Request(file_containing_symbol="no.Such"),
             Request(file_by_filename="grpc/health/v1/health.proto"), Request(file_by_filename="no.proto"),
             Request(file_containing_extension={"containing_type": "x", "extension_number": 1})]
    services, symbol, no_symbol, file, no_file, extension = info(iter(asked), timeout=TIMEOUT)
    names = [service.name for service in services.list_services_response.service]
    assert "grpc.testing.TestService" in names and f"grpc.reflection.{version}.ServerReflection" in names, names
    for answer, wanted in ((symbol, "grpc.testing"), (file, "grpc.health.v1")):
        same(descriptor_pb2.FileDescriptorProto.FromString(answer.file_descriptor_response.file_descriptor_proto[0]).package, wanted)
    same([answer.error_response.error_code for answer in (no_symbol, no_file, extension)], [5, 5, 12])
    same(no_symbol.original_request, asked[2])


def reflection_v1():
    reflection("v1")


def reflection_v1alpha():
    reflection("v1alpha")


for case in (empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream, cancel_after_begin, cancel_after_first_response,
             timeout_on_sleeping_server, custom_metadata, status_code_and_message, special_status_message, unimplemented_method,
             unimplemented_service, client_compressed_unary, client_compressed_streaming, server_compressed_unary, server_compressed_streaming,
             unsupported_compression, health_check, health_watch, reflection_v1, reflection_v1alpha):
    try:
        case()
        result = "ok"
    except Exception:
        result = traceback.format_exc()
    print(json.dumps([case.__name__, result]), flush=True)
