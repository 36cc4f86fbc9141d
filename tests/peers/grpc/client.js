// The cases of grpc/grpc doc/interop-test-descriptions.md with grpc-js. Prints ["case", "ok" or what went wrong] for each.
'use strict';
const assert = require('assert');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const target = process.argv[2];
const root = '/usr/share/grpc-proto';
const load = file => grpc.loadPackageDefinition(loader.loadSync(file, { includeDirs: [root], keepCase: true, longs: Number, oneofs: true })).grpc;
const testing = load('grpc/testing/test.proto').testing;
const health = load('grpc/health/v1/health.proto').health.v1;
const plain = grpc.credentials.createInsecure();
const gzip = { 'grpc.default_compression_algorithm': 2 };
const deflate = { 'grpc.default_compression_algorithm': 1 };
const test = new testing.TestService(target, plain);
const NoCompress = 2;

const payload = size => ({ body: Buffer.alloc(size) });
const soon = () => new Date(Date.now() + 20000);

// A unary call as a promise of {reply, headers, status}.
const unary = (client, method, request, metadata = new grpc.Metadata(), options = {}) => new Promise((resolve, reject) => {
  const result = {};
  const call = client[method](request, metadata, { deadline: soon(), ...options }, (error, reply) => {
    result.reply = reply;
    result.error = error;
    if (error) reject(error);
  });
  call.on('metadata', headers => { result.headers = headers; });
  call.on('status', status => { result.status = status; if (!result.error) resolve(result); });
});

// Everything that a stream of replies brings.
const all = call => new Promise(resolve => {
  const seen = { replies: [] };
  call.on('metadata', headers => { seen.headers = headers; });
  call.on('data', reply => seen.replies.push(reply));
  call.on('error', () => {});
  call.on('status', status => resolve({ ...seen, status }));
});

const fails = async (promise, code, message) => {
  const error = await promise.then(() => null, failure => failure);
  assert(error, 'the call did not fail');
  assert.strictEqual(error.code, code);
  if (message !== undefined) assert.strictEqual(error.details, message);
};

const sizes = [31415, 9, 2653, 58979];
const inputs = [27182, 8, 1828, 45904];
const cases = {
  async empty_unary() {
    assert.deepStrictEqual((await unary(test, 'EmptyCall', {})).reply, {});
  },
  async large_unary() {
    const { reply } = await unary(test, 'UnaryCall', { response_size: 314159, payload: payload(271828) });
    assert.strictEqual(reply.payload.body.length, 314159);
  },
  client_streaming: () => new Promise((resolve, reject) => {
    const call = test.StreamingInputCall({ deadline: soon() }, (error, reply) => {
      if (error) return reject(error);
      resolve(assert.strictEqual(reply.aggregated_payload_size, 74922));
    });
    inputs.forEach(size => call.write({ payload: payload(size) }));
    call.end();
  }),
  async server_streaming() {
    const { replies, status } = await all(test.StreamingOutputCall({ response_parameters: sizes.map(size => ({ size })) }, { deadline: soon() }));
    assert.deepStrictEqual(replies.map(reply => reply.payload.body.length), sizes);
    assert.strictEqual(status.code, 0);
  },
  async ping_pong() {
    const call = test.FullDuplexCall({ deadline: soon() });
    const end = all(call);
    for (let i = 0; i < sizes.length; i++) {
      const pong = new Promise(resolve => call.once('data', resolve));
      call.write({ response_parameters: [{ size: sizes[i] }], payload: payload(inputs[i]) });
      assert.strictEqual((await pong).payload.body.length, sizes[i]);
    }
    call.end();
    assert.strictEqual((await end).status.code, 0);
  },
  async empty_stream() {
    const call = test.FullDuplexCall({ deadline: soon() });
    const end = all(call);
    call.end();
    const { replies, status } = await end;
    assert.strictEqual(replies.length, 0);
    assert.strictEqual(status.code, 0);
  },
  async cancel_after_begin() {
    await fails(new Promise((resolve, reject) => {
      const call = test.StreamingInputCall({ deadline: soon() }, (error, reply) => error ? reject(error) : resolve(reply));
      call.cancel();
    }), grpc.status.CANCELLED);
  },
  async cancel_after_first_response() {
    const call = test.FullDuplexCall({ deadline: soon() });
    const end = all(call);
    call.write({ response_parameters: [{ size: 31415 }], payload: payload(27182) });
    await new Promise(resolve => call.once('data', resolve));
    call.cancel();
    assert.strictEqual((await end).status.code, grpc.status.CANCELLED);
  },
  async timeout_on_sleeping_server() {
    const call = test.FullDuplexCall({ deadline: new Date(Date.now() + 1) });
    const end = all(call);
    call.write({ payload: payload(27182) });
    assert.strictEqual((await end).status.code, grpc.status.DEADLINE_EXCEEDED);
  },
  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.set('x-grpc-test-echo-initial', 'test_initial_metadata_value');
    metadata.set('x-grpc-test-echo-trailing-bin', Buffer.from([0xab, 0xab, 0xab]));
    const check = ({ headers, status }) => {
      assert.deepStrictEqual(headers.get('x-grpc-test-echo-initial'), ['test_initial_metadata_value']);
      assert.deepStrictEqual(status.metadata.get('x-grpc-test-echo-trailing-bin'), [Buffer.from([0xab, 0xab, 0xab])]);
    };
    check(await unary(test, 'UnaryCall', { response_size: 314159, payload: payload(271828) }, metadata));
    const call = test.FullDuplexCall(metadata, { deadline: soon() });
    const end = all(call);
    call.write({ response_parameters: [{ size: 314159 }], payload: payload(271828) });
    call.end();
    check(await end);
  },
  async status_code_and_message() {
    const response_status = { code: 2, message: 'test status message' };
    await fails(unary(test, 'UnaryCall', { response_status }), 2, 'test status message');
    const call = test.FullDuplexCall({ deadline: soon() });
    const end = all(call);
    call.write({ response_status });
    call.end();
    const { status } = await end;
    assert.deepStrictEqual([status.code, status.details], [2, 'test status message']);
  },
  async special_status_message() {
    const message = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
    await fails(unary(test, 'UnaryCall', { response_status: { code: 2, message } }), 2, message);
  },
  async unimplemented_method() {
    await fails(unary(test, 'UnimplementedCall', {}), grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service() {
    await fails(unary(new testing.UnimplementedService(target, plain), 'UnimplementedCall', {}), grpc.status.UNIMPLEMENTED);
  },
  async client_compressed_unary() {
    const request = expected => ({ expect_compressed: { value: expected }, response_size: 314159, payload: payload(271828) });
    await fails(unary(test, 'UnaryCall', request(true)), grpc.status.INVALID_ARGUMENT);
    const zipped = new testing.TestService(target, plain, gzip);
    assert.strictEqual((await unary(zipped, 'UnaryCall', request(true))).reply.payload.body.length, 314159);
    assert.strictEqual((await unary(test, 'UnaryCall', request(false))).reply.payload.body.length, 314159);
  },
  async client_compressed_streaming() {
    const stream = (client, write) => new Promise((resolve, reject) => {
      const call = client.StreamingInputCall({ deadline: soon() }, (error, reply) => error ? reject(error) : resolve(reply));
      write(call);
      call.end();
    });
    await fails(stream(test, call => call.write({ expect_compressed: { value: true }, payload: payload(27182) })), grpc.status.INVALID_ARGUMENT);
    const reply = await stream(new testing.TestService(target, plain, gzip), call => {
      call.write({ expect_compressed: { value: true }, payload: payload(27182) });
      call.write({ expect_compressed: { value: false }, payload: payload(45904) }, NoCompress);
    });
    assert.strictEqual(reply.aggregated_payload_size, 73086);
  },
  async server_compressed_unary() {
    for (const value of [true, false]) {
      const { reply } = await unary(test, 'UnaryCall', { response_compressed: { value }, response_size: 314159, payload: payload(271828) });
      assert.strictEqual(reply.payload.body.length, 314159);
    }
  },
  async server_compressed_streaming() {
    const parameters = [{ compressed: { value: true }, size: 31415 }, { compressed: { value: false }, size: 92653 }];
    const { replies, status } = await all(test.StreamingOutputCall({ response_parameters: parameters }, { deadline: soon() }));
    assert.deepStrictEqual(replies.map(reply => reply.payload.body.length), [31415, 92653]);
    assert.strictEqual(status.code, 0);
  },
  async unsupported_compression() {
    await fails(unary(new testing.TestService(target, plain, deflate), 'UnaryCall', { payload: payload(27182) }), grpc.status.UNIMPLEMENTED);
  },
  async health_check() {
    const client = new health.Health(target, plain);
    for (const service of ['', 'grpc.testing.TestService'])
      assert.strictEqual((await unary(client, 'Check', { service })).reply.status, 1);
    await fails(unary(client, 'Check', { service: 'nobody' }), grpc.status.NOT_FOUND);
  },
  async health_watch() {
    const client = new health.Health(target, plain);
    for (const [service, status] of [['', 1], ['nobody', 3]]) {
      const call = client.Watch({ service }, { deadline: soon() });
      const end = all(call);
      assert.strictEqual((await new Promise(resolve => call.once('data', resolve))).status, status);
      call.cancel();
      assert.strictEqual((await end).status.code, grpc.status.CANCELLED);
    }
  },
  reflection_v1: () => reflection(load('grpc/reflection/v1/reflection.proto').reflection.v1),
  reflection_v1alpha: () => reflection(load('grpc/reflection/v1alpha/reflection.proto').reflection.v1alpha),
};

async function reflection(version) {
  const call = new version.ServerReflection(target, plain).ServerReflectionInfo({ deadline: soon() });
  const end = all(call);
  const ask = request => {
    const answer = new Promise(resolve => call.once('data', resolve));
    call.write(request);
    return answer;
  };
  const services = (await ask({ list_services: '*' })).list_services_response.service.map(service => service.name);
  assert(services.includes('grpc.testing.TestService') && services.includes('grpc.health.v1.Health'), services.join());
  const files = (await ask({ file_containing_symbol: 'grpc.testing.TestService' })).file_descriptor_response.file_descriptor_proto;
  // What was learnt must be enough to make a client.
  const learnt = grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromObject({ file: files.map(decode) })).grpc.testing;
  assert.deepStrictEqual((await unary(new learnt.TestService(target, plain), 'EmptyCall', {})).reply, {});
  assert.strictEqual((await ask({ file_containing_symbol: 'no.Such' })).error_response.error_code, grpc.status.NOT_FOUND);
  assert.strictEqual((await ask({ file_by_filename: 'no.proto' })).error_response.error_code, grpc.status.NOT_FOUND);
  assert.strictEqual((await ask({ all_extension_numbers_of_type: 'x' })).error_response.error_code, grpc.status.UNIMPLEMENTED);
  call.end();
  assert.strictEqual((await end).status.code, 0);
}

function decode(bytes) {
  const descriptor = require('protobufjs/ext/descriptor');
  return descriptor.FileDescriptorProto.toObject(descriptor.FileDescriptorProto.decode(bytes));
}

(async () => {
  for (const [name, run] of Object.entries(cases))
    console.log(JSON.stringify([name, await Promise.resolve().then(run).then(() => 'ok', error => String(error.stack || error))]));
  process.exit(0);
})();
