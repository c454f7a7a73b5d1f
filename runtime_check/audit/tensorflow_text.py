"""Calls of TensorFlow's entries, written out: see ``examples``. Names are in ``tensorflow_examples``."""

from runtime_check.audit import tensorflow_text_data, tensorflow_text_ops

TEXT = """
tf.constant(x()); tf.constant(lent()); tf.constant(lent(1000)); tf.constant(v()); tf.constant([1.0])
tf.constant(x(), tf.float32); tf.convert_to_tensor(x()); tf.convert_to_tensor(lent())
tf.convert_to_tensor(v()); tf.convert_to_tensor(lent(1000)); tf.expand_dims(lent(), 0)
tf.expand_dims(lent(1000), 0); tf.expand_dims(lent(3, start=1), 0); tf.expand_dims(x(), 0)
tf.expand_dims(v(), 0); tf.expand_dims(lent(8)[::2], 0); tf.expand_dims(matrix().T, 0)
tf.reshape(lent(4), (2, 2)); tf.reshape(lent(4), [2, 2]); tf.reshape(lent(4), -1)
tf.reshape(lent(4), np.array([2, 2])); tf.reshape(lent(4), whole(2, 2))
tf.reshape(lent(4, start=1), whole(2, 2)); tf.reshape(lent(1000), whole(10, 100))
tf.reshape(lent(1000), [10, 100]); tf.reshape(x(), [4]); tf.reshape(v(), [3]); tf.squeeze(lent(3)[None])
tf.squeeze(lent(1000)[None]); tf.squeeze(lent(3, start=1)); tf.squeeze(x()); tf.squeeze(v())
tf.squeeze(matrix().T); tf.stop_gradient(lent()); tf.stop_gradient(lent(1000))
tf.stop_gradient(lent(3, start=1)); tf.stop_gradient(x()); tf.stop_gradient(v())
tf.stop_gradient(matrix().T); tf.guarantee_const(lent()); tf.guarantee_const(lent(3, start=1))
tf.guarantee_const(x()); tf.guarantee_const(matrix().T); tf.guarantee_const(lent(1000))
tf.ensure_shape(lent(), (3,)); tf.ensure_shape(lent(3, start=1), (3,)); tf.ensure_shape(x(), (2, 2))
tf.ensure_shape(matrix().T, (3, 2)); tf.ensure_shape(v(), (3,)); tf.bitcast(lent(), tf.int32)
tf.bitcast(lent(3, start=1), tf.int32); tf.bitcast(x(), tf.int32); tf.bitcast(matrix().T, tf.int32)
tf.bitcast(lent(), tf.float32); tf.debugging.check_numerics(lent(), "")
tf.debugging.check_numerics(lent(3, start=1), ""); tf.debugging.check_numerics(x(), "")
tf.debugging.check_numerics(matrix().T, ""); tf.check_numerics(lent(), "")
tf.check_numerics(lent(3, start=1), ""); tf.check_numerics(x(), ""); tf.check_numerics(matrix().T, "")
tf.split(lent(4), 1); tf.split(lent(4), 2); tf.split(lent(4, start=1), 1); tf.split(v(), 1)
tf.split(lent(4), [4]); tf.split(lent(4), [1, 3]); tf.identity_n([lent()]); tf.identity_n([x(), v()])
tf.linalg.band_part(matrix(), -1, -1); tf.linalg.band_part(matrix(), 0, 0); tf.linalg.band_part(x(), 0, 0)
tf.linalg.band_part(matrix().T, -1, -1); tf.linalg.band_part(lent(5, start=1)[:4].reshape(2, 2), -1, -1)
tf.linalg.band_part(v(1.0, 2.0)[None], 0, 0); tf.linalg.band_part(matrix(), 1, 1)
tf.linalg.band_part(matrix(), -1, 0)

tf.Tensor.__bool__(tf.constant(True)); tf.Tensor.__complex__(t()); tf.Tensor.__float__(t())
tf.Tensor.__format__(t(), ""); tf.Tensor.__index__(tf.constant(1)); tf.Tensor.__int__(t())
tf.Tensor.__nonzero__(tf.constant(True)); tf.Tensor.__array__(x()); tf.Tensor.__array__(x(), np.float64)
tf.Tensor.__array__(t(100)); tf.Tensor.__array__(v() + 0); tf.Tensor.numpy(x()); tf.Tensor.numpy(t(1000))
tf.Tensor.__deepcopy__(x(), {}); tf.Tensor.__dlpack__(x()); tf.Tensor.OVERLOADABLE_OPERATORS(x())
tf.experimental.dlpack.to_dlpack(x()); tf.experimental.dlpack.from_dlpack(lent().__dlpack__())
tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x())); tf.Reference.deref(x().ref())
tf.Reference.deref(v().ref()); tf.Tensor.set_shape(x(), (2, 2)); tf.newaxis()

tf.Variable(lent()); tf.Variable(lent(1000)); tf.Variable(x()); tf.Variable(v())
tf.get_variable(f"seen{np.random.rand()}", (2,)); tf.Variable.__deepcopy__(v(), {})
tf.Variable.assign(v(), t(3) * 9); tf.Variable.assign(v(), lent() + 9)
tf.Variable.assign(v(), t(3) * 9, read_value=False); tf.Variable.assign_add(v(), t(3))
tf.Variable.assign_add(v(), t(3), read_value=False); tf.Variable.assign_sub(v(), t(3))
tf.Variable.assign_sub(v(), t(3), read_value=False)
tf.Variable.batch_scatter_update(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_add(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_div(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_max(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_min(v(), tf.IndexedSlices(-t(1), whole(0)))
tf.Variable.scatter_mul(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_sub(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_update(v(), tf.IndexedSlices(t(1) * 9, whole(0)))
tf.Variable.scatter_nd_add(v(), [[0]], t(1)); tf.Variable.scatter_nd_max(v(), [[0]], t(1) * 9)
tf.Variable.scatter_nd_min(v(), [[0]], -t(1)); tf.Variable.scatter_nd_sub(v(), [[0]], t(1))
tf.Variable.scatter_nd_update(v(), [[0]], t(1) * 9); tf.VariableSlice.assign(v()[1:], [7.0, 8.0])
tf.VariableSlice.assign(v()[0], 7.0); tf.Variable.__getitem__(v(), 0)
tf.Variable.__getitem__(v(), slice(1, None)); tf.strided_slice(x(), [0], [1])
tf.strided_slice(v(), [0], [1], [1], var=v()); tf.raw_ops.InplaceUpdate(x=x(), i=[0], v=t(1, 2) * 9)
tf.raw_ops.InplaceAdd(x=x(), i=[0], v=t(1, 2)); tf.raw_ops.InplaceSub(x=x(), i=[0], v=t(1, 2))
tf.Variable.gather_nd(v(), [[0]]); tf.Variable.sparse_read(v(), [0]); tf.Variable.count_up_to(counter(), 3)
tf.assign(v(), t(3) * 9); tf.assign_add(v(), t(3)); tf.assign_sub(v(), t(3))
tf.Variable.is_initialized(v()); tf.Variable.initializer(v()); tf.is_variable_initialized(v())
tf.Variable.read_value(v()); tf.Variable.value(v()); tf.Variable.read_value_no_copy(v())
tf.Variable.numpy(v()); tf.Variable.__array__(v()); tf.Variable.SaveSliceInfo(v())

tf.cast(x(), tf.float32); tf.cast(v(), tf.float32); tf.cast(v(), tf.float64); tf.cast(lent(), tf.float32)
tf.cast(lent(), tf.float64); tf.cast(x(), tf.int32); tf.to_float(x()); tf.to_float(v())
tf.to_float(whole()); tf.to_int32(x()); tf.to_int32(counter()); tf.to_double(v())
tf.to_double(tf.Variable(1.0, dtype=tf.float64)); tf.to_bfloat16(v())
tf.to_bfloat16(tf.Variable(1.0, dtype=tf.bfloat16)); tf.to_complex64(v())
tf.to_complex64(tf.Variable(1j, dtype=tf.complex64)); tf.to_complex128(v())
tf.to_complex128(tf.Variable(1j, dtype=tf.complex128)); tf.to_int64(v())
tf.to_int64(tf.Variable(1, dtype=tf.int64)); tf.real(x()); tf.real(v()); tf.real(tf.constant([1j]))
tf.conj(x()); tf.conj(v()); tf.conj(tf.constant([1j])); tf.nn.dropout(x(), 0.0); tf.nn.dropout(x(), 0.5)
tf.nn.dropout(v(), 0.0); tf.numpy_function(shift, [x()], tf.float32)
tf.numpy_function(shift, [v()], tf.float32); tf.numpy_function(shift, [lent()], tf.float32)
tf.numpy_function(shift); tf.py_function(same, [x()], tf.float32); tf.py_function(same, [v()], tf.float32)
tf.py_function(same, [lent()], tf.float32); tf.py_func(shift, [x()], tf.float32)
tf.nest.flatten([x(), v()]); tf.nest.flatten((x(), v())); tf.nest.flatten({"a": v(), "b": [x()]})
tf.nest.map_structure(same, [v()]); tf.nest.flatten(x()); tf.nest.pack_sequence_as([0], [v()])
tf.nest.assert_same_structure([0], [1]); tf.nest.is_nested([1]); tf.nest.flatten(v())

tf.Module(); tf.Module.variables(Scale()); tf.Module.trainable_variables(Scale())
tf.Module.non_trainable_variables(Scale()); tf.Module.submodules(Scale()); tf.Module.with_name_scope(same)
tf.Module.name(Scale()); tf.Module.name_scope(Scale()); tf.GradientTape()
tf.GradientTape.__enter__(tf.GradientTape())
tf.GradientTape.__exit__(tf.GradientTape().__enter__(), None, None, None)
tf.GradientTape.reset(tf.GradientTape().__enter__())
tf.GradientTape.watch(tf.GradientTape().__enter__(), x())
tf.GradientTape.stop_recording(tf.GradientTape().__enter__())
tf.GradientTape.watched_variables(under(taped(v()))); tf.GradientTape.gradient(*taped(v()))
tf.GradientTape.gradient(*(lambda tape, y, x: (tape, y, [x]))(*taped(v())))
tf.GradientTape.jacobian(*taped(v()))
tf.GradientTape.jacobian(*(lambda tape, y, x: (tape, y, [x]))(*taped(v())))
tf.GradientTape.batch_jacobian(*taped(tf.Variable([[1.0]]))); tf.train.Checkpoint(weight=v())
tf.train.Checkpoint.save(checkpoint(), str(folder() / "a"))
tf.train.Checkpoint.write(checkpoint(), str(folder() / "a")); tf.train.Checkpoint.sync(checkpoint())
tf.train.Checkpoint.read(checkpoint(), saved_checkpoint())
tf.train.Checkpoint.restore(checkpoint(), saved_checkpoint())
tf.train.Checkpoint.save_counter(checkpoint()); tf.train.CheckpointManager(checkpoint(), str(folder()), 2)
tf.train.CheckpointManager.save(tf.train.CheckpointManager(checkpoint(), str(folder()), 2))
tf.train.ExponentialMovingAverage(0.5)
tf.train.ExponentialMovingAverage.apply(tf.train.ExponentialMovingAverage(0.5), [v()])
tf.train.ExponentialMovingAverage.average(*(lambda a: (a, a.weight))(averages()))
tf.train.ExponentialMovingAverage.average_name(averages(), v())
tf.train.ExponentialMovingAverage.variables_to_restore(averages())
tf.train.ExponentialMovingAverage.name(averages()); tf.random.Generator(state=[1, 2, 3], alg=1)
tf.random.Generator.split(generator(), 2); tf.random.Generator.state(generator())
tf.random.Generator.key(generator()); tf.random.Generator.algorithm(generator())
tf.random.Generator.from_key_counter(1, [0, 0], "philox")
tf.random.Generator.from_non_deterministic_state(); tf.random.Generator.from_seed(1)
tf.random.Generator.from_state([1, 2, 3], 1); tf.random.Generator.binomial(generator(), (2,), 3.0, 0.5)
tf.random.Generator.make_seeds(generator()); tf.random.Generator.normal(generator(), (2,))
tf.random.Generator.skip(generator(), 1); tf.random.Generator.truncated_normal(generator(), (2,))
tf.random.Generator.uniform(generator(), (2,)); tf.random.Generator.uniform_full_int(generator(), (2,))
tf.random.Generator.reset(generator(), [1, 2, 3])
tf.random.Generator.reset_from_key_counter(generator(), 1, [0, 0])
tf.random.Generator.reset_from_seed(generator(), 1); tf.random.get_global_generator()
tf.random.experimental.get_global_generator(); tf.random.set_global_generator(generator())
tf.random.experimental.set_global_generator(generator())

tf.TensorArray(tf.float32, 2); tf.TensorArray.scatter(tf.TensorArray(tf.float32, 1), [0], t(1))
tf.TensorArray.split(tf.TensorArray(tf.float32, 2), t(2), [1, 1])
tf.TensorArray.unstack(tf.TensorArray(tf.float32, 2), t(2))
tf.TensorArray.write(tf.TensorArray(tf.float32, 2), 0, t())
tf.TensorArray.concat(tf.TensorArray(tf.float32, 1).unstack(t(1, 2))); tf.TensorArray.gather(array(), [0])
tf.TensorArray.read(array(), 0); tf.TensorArray.size(array()); tf.TensorArray.stack(array())
tf.TensorArray.identity(array()); tf.TensorArray.grad(array(), "a"); tf.TensorArray.close(array())
tf.TensorArray.dtype(array()); tf.TensorArray.dynamic_size(array()); tf.TensorArray.element_shape(array())
tf.TensorArray.flow(array()); tf.TensorArray.handle(array()); tf.IndexedSlices(t(1), whole(0))
tf.IndexedSlices.values(slices()); tf.IndexedSlices.indices(slices())
tf.IndexedSlices.dense_shape(slices()); tf.IndexedSlices.device(slices()); tf.IndexedSlices.dtype(slices())
tf.IndexedSlices.graph(slices()); tf.IndexedSlices.name(slices()); tf.IndexedSlices.op(slices())
tf.IndexedSlices.shape(slices()); tf.SparseTensor([[0]], [1.0], [1])
tf.SparseTensor.with_values(sparse(), t(2)); tf.SparseTensor.__mul__(sparse(), t(2, 2))
tf.SparseTensor.__truediv__(sparse(), t(2, 2))
tf.RaggedTensor.from_nested_row_lengths(t(3), [[2, 1], [1, 2, 0]])
tf.RaggedTensor.from_nested_row_splits(t(3), [[0, 2]] + [[0, 1, 3]])
tf.RaggedTensor.from_nested_value_rowids(t(2), [[0, 0]]); tf.RaggedTensor.from_row_lengths(t(3), [2, 1])
tf.RaggedTensor.from_row_limits(t(3), [2, 3]); tf.RaggedTensor.from_row_splits(t(3), [0, 2, 3])
tf.RaggedTensor.from_row_starts(t(3), [0, 2]); tf.RaggedTensor.from_sparse(tf.sparse.from_dense(t(2, 2)))
tf.RaggedTensor.from_tensor(t(2, 2)); tf.RaggedTensor.from_uniform_row_length(t(4), 2)
tf.RaggedTensor.from_value_rowids(t(3), [0, 0, 1]); tf.RaggedTensor.with_flat_values(ragged(), t(3))
tf.RaggedTensor.with_row_splits_dtype(ragged(), tf.int32); tf.RaggedTensor.with_values(ragged(), t(3))
tf.RaggedTensor.__getitem__(ragged(), 0); tf.RaggedTensor.merge_dims(deep(), 0, 1)
tf.RaggedTensor.__and__(ragged(True), ragged(True)); tf.RaggedTensor.__or__(ragged(True), ragged(True))
tf.RaggedTensor.__xor__(ragged(True), ragged(True)); tf.RaggedTensor.__rand__(ragged(True), ragged(True))
tf.RaggedTensor.__ror__(ragged(True), ragged(True)); tf.RaggedTensor.__rxor__(ragged(True), ragged(True))
tf.RaggedTensor.__invert__(ragged(True)); tf.ragged.cross([ragged("a"), ragged("b")])
tf.ragged.cross_hashed([ragged("a"), ragged("b")]); tf.ragged.range([1, 2]); tf.ragged.stack([t(2), t(3)])
tf.ragged.stack_dynamic_partitions(t(2), [0, 1], 2); tf.ragged.boolean_mask(t(2), [True, False])
tf.ragged.constant([[1], []]); tf.ragged.map_flat_values(tf.abs, ragged())
"""
TEXTS = (TEXT, tensorflow_text_data.TEXT, tensorflow_text_ops.TEXT)
# How the rest is called, whose entries are alike: the first of these that an entry takes.
LIKE = {
    "tensorflow.RaggedTensor.*": (
        "{}(ragged(), ragged())",
        "{}(ragged())",
        "{}(ragged(2), ragged(3))",
        "{}(deep())",
    ),
    "tensorflow.SparseTensor.*": ("{}(sparse())",),
    "tensorflow.debugging.*": (
        "{}()",
        "{}(x())",
        "{}(x(), x())",
        "{}(x(), 2)",
        "{}(x(), [2])",
        "{}(x(), 2 * x())",
        "{}(2 * x(), x())",
        "{}(-x())",
        "{}(t())",
        "{}(whole())",
        "{}(False)",
    ),
    "tensorflow.assert_*": ("{}(x(), x())", "{}(x(), 2)", "{}(x(), 2 * x())", "{}(2 * x(), x())"),
    "tensorflow.linalg.LinearOperator*": (
        "{}(x())",
        "{}(operator())",
        "{}([operator()])",
        "{}([[operator()]])",
        "{}(t(2))",
        "{}(2)",
        "{}(whole(0, 1))",
        "{}(t(2), t(2))",
        "{}(operator(), t(2, 1))",
        "{}(2, 1.0)",
        "{}([t(2), t(2), t(2)])",
        "{}(tf.cast(t(2), tf.complex64))",
        "{}(tf.cast(t(2, 2), tf.complex64))",
        "{}(tf.cast(t(2, 2, 2), tf.complex64))",
    ),
    "tensorflow.data.Dataset.*": ("{}(ds())", "{}(ds(), 2)", "{}(ds(), same)", "{}(ds(), yes)"),
    "tensorflow.experimental.numpy.*_indices": ("{}(2)",),
    "tensorflow.experimental.numpy.*": (
        "{}(x())",
        "{}(1)",
        "{}(x(), x())",
        "{}(x(), 2)",
        "{}(tf.float32)",
        "{}(t(2, 2, 2), 2)",
        "{}(whole(0, 1))",
        "{}('a')",
        "{}(2, 3)",
        "{}(tf.float32, tf.float32)",
        "{}((2,))",
        "{}('ii', x())",
    ),
    "tensorflow.config.*": ("{}()", "{}(False)", "{}('cpu', 'CPU')"),
    "tensorflow.sysconfig.*": ("{}()",),
    "tensorflow.summary.*": (
        "{}()",
        "{}('a', t())",
        "{}('a', t(1, 2, 2, 3))",
        "{}(str(folder()))",
        "{}(True)",
    ),
    "tensorflow.train.*": ("{}()", "{}({{}})", "{}(str(folder()))"),
    "tensorflow.distribute.*": ("{}()", "{}('/cpu:0')", "{}(['/cpu:0'])", "{}([1])"),
    "tensorflow.saved_model.*": ("{}()", "{}(file())"),
    "tensorflow.test.*": ("{}()",),
    "tensorflow.*_initializer": ("{}()", "{}(1)"),
}
