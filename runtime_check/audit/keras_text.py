"""Calls of Keras's entries, written out: see ``examples``. Their names are in ``keras_examples``."""

TEXT = """
keras.Variable(array(2, 3)); keras.Variable(v().value); keras.Variable(array(100, 100))
keras.Variable.value(v()); keras.Variable.assign(v(), v() + 1); keras.Variable.assign_add(v(), v() + 1)
keras.Variable.assign(v(), array(2, 3)); keras.Variable.assign_sub(v(), v() + 1)
keras.Value.assign(v().value, v().value + 1); keras.Value.assign_add(v().value, v().value + 1)
keras.Value.assign_sub(v().value, v().value + 1); keras.KerasTensor.__array__(v())
keras.KerasTensor.numpy(v()); keras.KerasTensor.__and__(v() > 1, v() > 1)
keras.KerasTensor.__or__(v() > 1, v() > 1); keras.KerasTensor.__xor__(v() > 1, v() > 1)
keras.KerasTensor.__rand__(v() > 1, v() > 1); keras.KerasTensor.__ror__(v() > 1, v() > 1)
keras.KerasTensor.__rxor__(v() > 1, v() > 1); keras.KerasTensor.__matmul__(v(), ops.transpose(v()))
keras.KerasTensor.__rmatmul__(v(), ops.transpose(v())); keras.KerasTensor.__abs__(v())
keras.KerasTensor.__neg__(v()); keras.KerasTensor.__round__(v())
keras.KerasTensor.__invert__(ops.array([1, 2])); keras.KerasTensor.__getitem__(v(), 0)
keras.KerasTensor.__getitem__(v(), (slice(None), 1)); keras.KerasTensor.__iter__(t(2))
keras.KerasTensor.reshape(keras.KerasTensor((2, 3)), (3, 2))
keras.KerasTensor.squeeze(keras.KerasTensor((1, 2))); keras.KerasTensor.shape(v())
keras.KerasTensor.dtype(v()); keras.KerasTensor.ndim(v()); keras.KerasTensor.ragged(keras.KerasTensor((2,)))
keras.KerasTensor.sparse(keras.KerasTensor((2,))); keras.KerasTensor.__bool__(ops.array(True))
keras.KerasTensor.__float__(keras.Variable(1.0)); keras.KerasTensor.__int__(ops.array(1))
keras.Variable.aggregation(v()); keras.Variable.constraint(v()); keras.Variable.name(v())
keras.Variable.overwrite_with_gradient(v()); keras.Variable.path(v()); keras.Variable.regularizer(v())
keras.Variable.synchronization(v()); keras.Variable.trainable(v()); keras.Input((2,))

keras.Layer.metrics_variables(model()); keras.Layer.non_trainable_variables(model())
keras.Layer.non_trainable_weights(model()); keras.Layer.trainable_variables(dense())
keras.Layer.trainable_weights(dense()); keras.Layer.variables(dense()); keras.Layer.weights(dense())
keras.Layer.get_weights(dense()); keras.Layer.set_weights(dense(), [array(2, 2), array(2)])
keras.Layer.add_variable(keras.Layer(), (2,), "ones"); keras.Layer.add_weight(keras.Layer(), (2,), "ones")
keras.Layer.beta(layer(keras.layers.BatchNormalization())); keras.Layer.bias(dense())
keras.Layer.kernel(dense()); keras.Layer.depthwise_kernel(layer(keras.layers.SeparableConv2D(2, 2)))
keras.Layer.gamma(layer(keras.layers.BatchNormalization()))
keras.Layer.pointwise_kernel(layer(keras.layers.SeparableConv2D(2, 2)))
keras.Layer.embeddings(layer(keras.layers.Embedding(3, 2), 2))
keras.Layer.moving_mean(layer(keras.layers.BatchNormalization()))
keras.Layer.moving_variance(layer(keras.layers.BatchNormalization()))
keras.Layer.recurrent_kernel(layer(keras.layers.LSTM(2), 2, 4, 3).cell)
keras.Layer.input(model().layers[0]); keras.Layer.output(model().layers[0])
keras.Layer.__call__(dense(), t(2, 2)); keras.Layer.call(dense(), t(2, 2))
keras.Layer.__call__(keras.layers.Identity(), t(2, 2))
keras.Layer.stateless_call(dense(), [t(2, 2), t(2)], [], t(2, 2))
keras.Layer.from_config(keras.Layer().get_config())
keras.Layer.load_own_variables(dense(), {"0": array(2, 2), "1": array(2)}); keras.Layer.built(dense())
keras.Layer.compute_dtype(dense()); keras.Layer.dtype(dense()); keras.Layer.dtype_policy(dense())
keras.Layer.input_dtype(dense()); keras.Layer.input_spec(dense()); keras.Layer.name(dense())
keras.Layer.path(dense()); keras.Layer.quantization_mode(dense()); keras.Layer.supports_masking(dense())
keras.Layer.trainable(dense()); keras.Layer.variable_dtype(dense())
keras.Layer.build(keras.layers.Dense(2), (2, 2))
keras.Layer.build_from_config(keras.layers.Dense(2), {"input_shape": (2, 2)})
keras.Layer.compute_output_shape(dense(), (2, 2))
keras.Layer.compute_output_spec(dense(), keras.KerasTensor((2, 2))); keras.Layer.count_params(dense())
keras.Layer.get_build_config(dense()); keras.Layer.get_config(dense())
keras.Layer.save_own_variables(dense(), {}); keras.Layer.quantize(dense(), "int8")
keras.Layer.losses(dense())

keras.Model(*(lambda m: (m.inputs, m.outputs))(model()))(DATA); keras.Model(); keras.Model.inputs(model())
keras.Model.outputs(model()); keras.Model.layers(model()); keras.Model.get_layer(model(), index=0)
keras.Model.from_config(functional(model()).get_config()); keras.Sequential([dense()])(t(2, 2))
keras.Sequential(); keras.Sequential.add(model(), keras.layers.Dense(2)); keras.Sequential.pop(model())
keras.Model.load_weights(model(), weights()); keras.Model.export(model(), folder() / "m")
keras.Model.get_compile_config(model()); keras.Model.save(model(), folder() / "m.keras")
keras.Model.save_weights(model(), folder() / "m.weights.h5")
keras.Model.summary(model(), print_fn=lambda *a, **k: None); keras.Model.to_json(model())
keras.Model.compile(model(), "sgd", "mse")
keras.Model.compile_from_config(model(), model().get_compile_config())
keras.Model.fit(trained(), DATA, DATA, verbose=0); keras.Model.train_on_batch(trained(), DATA, DATA)
keras.Model.train_step(trained(), (DATA, DATA))
keras.Model.compute_loss(trained(), DATA, DATA, model()(DATA))
keras.Model.compute_metrics(trained(), DATA, DATA, model()(DATA))
keras.Model.evaluate(trained(), DATA, DATA, verbose=0); keras.Model.get_metrics_result(trained())
keras.Model.test_on_batch(trained(), DATA, DATA); keras.Model.test_step(trained(), (DATA, DATA))
keras.Model.predict(model(), DATA, verbose=0); keras.Model.predict_on_batch(model(), DATA)
keras.Model.predict_step(model(), (DATA,)); keras.Model.jax_state_sync(model())
keras.Model.reset_metrics(trained()); keras.Model.get_state_tree(trained())
keras.Model.get_state_tree(trained(), value_format="numpy_array")
keras.Model.set_state_tree(*(lambda m: (m, tree_of(m)))(trained())); keras.Model.optimizer(model())
keras.Model.metrics(trained()); keras.models.clone_model(model()); keras.models.load_model(saved())
keras.models.save_model(model(), folder() / "m.keras"); keras.models.model_from_json(model().to_json())
keras.saving.save_weights(model(), folder() / "m.weights.h5"); keras.saving.load_weights(model(), weights())

keras.optimizers.LossScaleOptimizer(optimizer()); keras.Optimizer.variables(optimizer(v()))
keras.Optimizer.iterations(optimizer(v())); keras.Optimizer.learning_rate(optimizer(v()))
keras.Optimizer.apply(optimizer(), [t(2, 3)], [v()]); keras.Optimizer.apply(optimizer(v()), [t(2, 3)])
keras.Optimizer.apply_gradients(optimizer(), [(t(2, 3), v())])
keras.Optimizer.update_step(*(lambda w: (optimizer(w), t(2, 3), w, 0.1))(v()))
keras.Optimizer.finalize_variable_values(*(lambda w: (averaging(w), [w]))(v()))
keras.Optimizer.build(keras.optimizers.SGD(), [v()]); keras.Optimizer.assign(optimizer(v()), v(), t(2, 3))
keras.Optimizer.assign_add(optimizer(v()), v(), t(2, 3))
keras.Optimizer.assign_sub(optimizer(v()), v(), t(2, 3))
keras.Optimizer.set_weights(optimizer(v()), [np.asarray(w) + 1 for w in optimizer(v()).variables])
keras.Optimizer.load_own_variables(optimizer(v()), store(optimizer(v())))
keras.Optimizer.scale_loss(optimizer(v()), t())
keras.Optimizer.stateless_apply(optimizer(v()), [ops.array(0), t(), t(2, 3)], [t(2, 3)], [t(2, 3)])
keras.Optimizer.add_optimizer_variables(optimizer(v()), [v()], ["momentum"])
keras.Optimizer.add_variable(optimizer(v()), (2,))
keras.Optimizer.add_variable_from_reference(optimizer(v()), v())
keras.Optimizer.exclude_from_weight_decay(keras.optimizers.AdamW(), [])
keras.Optimizer.get_config(optimizer(v())); keras.Optimizer.save_own_variables(optimizer(v()), {})
keras.Optimizer.from_config({"name": "o", "learning_rate": 0.1})
keras.metrics.MeanMetricWrapper(lambda a, b: a - b)(t(2), t(2)); keras.Metric.reset_state(metric())
keras.Metric.update_state(metric(), [1.0]); keras.Metric.result(metric()); keras.Metric.variables(metric())
keras.Metric.weights(metric()); keras.Metric.add_variable(metric(), (2,), "zeros")
keras.Metric.add_weight(metric(), (2,), "zeros"); keras.Metric.stateless_reset_state(metric())
keras.Metric.stateless_result(metric(), [t(), t()])
keras.Metric.stateless_update_state(metric(), [t(), t()], [1.0])

keras.layers.EinsumDense("ab,bc->ac", 2)(t(2, 3)); keras.layers.GroupNormalization(1)(t(2, 4, 4, 3))
keras.layers.MultiHeadAttention(1, 2)(t(2, 4, 3), t(2, 4, 3))
keras.layers.GroupQueryAttention(2, 2, 1)(t(2, 4, 3), t(2, 4, 3))
keras.layers.Attention(use_scale=True)([t(2, 4, 3), t(2, 4, 3)])
keras.layers.Attention()([t(2, 4, 3), t(2, 4, 3)])
keras.layers.AdditiveAttention()([t(2, 4, 3), t(2, 4, 3)])
keras.layers.Normalization(mean=1.0, variance=2.0)(t(2, 3)); keras.layers.Normalization()(t(2, 3))
keras.layers.GRUCell(2)(t(2, 3), t(2, 2)); keras.layers.LSTMCell(2)(t(2, 3), [t(2, 2), t(2, 2)])
keras.layers.SimpleRNNCell(2)(t(2, 3), t(2, 2))
keras.layers.Bidirectional(keras.layers.LSTM(2))(t(2, 4, 3))
keras.layers.RNN(keras.layers.LSTMCell(2))(t(2, 4, 3))
keras.layers.SpectralNormalization(keras.layers.Dense(2))(t(2, 3))
keras.layers.TimeDistributed(keras.layers.Dense(2))(t(2, 4, 3)); keras.layers.Wrapper(dense())
keras.layers.StackedRNNCells([keras.layers.LSTMCell(2)])(t(2, 3), [[t(2, 2), t(2, 2)]])
keras.layers.CategoryEncoding(4)(whole(t(2))); keras.layers.Discretization([0.5])(t(2))
keras.layers.HashedCrossing(3)((whole(t(2)), whole(t(2)))); keras.layers.Hashing(3)(whole(t(2)))
keras.layers.IntegerLookup(vocabulary=[1, 2])(whole(t(2))); keras.layers.Lambda(ops.sin)(t(2))
keras.layers.Pipeline([dense()])(t(2, 2))
keras.layers.STFTSpectrogram(frame_length=4, frame_step=2, fft_length=4)(t(1, 16, 1))
keras.layers.StringLookup(vocabulary=["a"])(["a", "b"])
keras.layers.TextVectorization(vocabulary=["a"])(["a b"]); keras.layers.Add()([t(2, 3), t(2, 3)])
keras.layers.Concatenate()([t(2, 3), t(2, 3)]); keras.layers.Average()([t(2, 3), t(2, 3)])
keras.layers.Dot(1)([t(2, 3), t(2, 3)]); keras.layers.Maximum()([t(2, 3), t(2, 3)])
keras.layers.Minimum()([t(2, 3), t(2, 3)]); keras.layers.Multiply()([t(2, 3), t(2, 3)])
keras.layers.Subtract()([t(2, 3), t(2, 3)]); keras.layers.Permute((2, 1))(t(2, 4, 3))
keras.layers.Reshape((3, 1))(t(2, 3)); keras.layers.Reshape((3,))(t(2, 3)); keras.layers.InputLayer((2,))
keras.layers.InputSpec(shape=(2,)); keras.layers.Identity()(t(2, 3))
keras.layers.MaxNumBoundingBoxes(2)({"boxes": t(1, 2, 4), "labels": t(1, 2)})
keras.layers.MelSpectrogram(fft_length=16, sequence_stride=4)(t(1, 64))
keras.layers.Cropping1D(1)(t(2, 4, 3)); keras.layers.ConvLSTM3D(2, 2)(t(1, 2, 4, 4, 4, 1))

keras.initializers.Constant(1.0)((2, 3)); keras.initializers.constant(1.0)((2, 3))
keras.initializers.STFT()((2, 1, 6)); keras.layers.add([t(2, 3), t(2, 3)])
keras.layers.average([t(2, 3), t(2, 3)]); keras.layers.concatenate([t(2, 3), t(2, 3)])
keras.layers.dot([t(2, 3), t(2, 3)], axes=1); keras.layers.maximum([t(2, 3), t(2, 3)])
keras.layers.minimum([t(2, 3), t(2, 3)]); keras.layers.multiply([t(2, 3), t(2, 3)])
keras.layers.subtract([t(2, 3), t(2, 3)])
keras.losses.categorical_generalized_cross_entropy(whole(t(2)), t(2, 3), 0.5)
keras.metrics.FalseNegatives()(t(2), 0 * t(2)); keras.metrics.FalsePositives()(0 * t(2), t(2))
keras.metrics.TrueNegatives()(0 * t(2), 0 * t(2)); keras.metrics.OneHotIoU(3, [0])(t(2, 3), t(2, 3))
keras.metrics.OneHotMeanIoU(3)(t(2, 3), t(2, 3)); keras.metrics.TopKCategoricalAccuracy()(t(2, 6), t(2, 6))
keras.metrics.top_k_categorical_accuracy(t(2, 6), t(2, 6))
keras.metrics.SparseTopKCategoricalAccuracy()(whole(t(2)), t(2, 6))
keras.metrics.sparse_top_k_categorical_accuracy(whole(t(2)), t(2, 6)); keras.random.beta((2,), 1.0, 1.0)
keras.random.binomial((2,), 4, 0.5); keras.random.categorical(t(2, 3), 1); keras.random.gamma((2,), 1.0)
keras.random.normal((2,)); keras.random.randint((2,), 0, 3); keras.random.uniform((2,))
keras.random.truncated_normal((2,)); keras.random.dropout(x(), 0.5); keras.random.dropout(x(), 0.0)
keras.random.shuffle(x()); keras.random.SeedGenerator(0)
keras.random.SeedGenerator.next(keras.random.SeedGenerator(0)); keras.utils.normalize(array(2, 3))
keras.utils.to_categorical([0, 1]); keras.utils.pad_sequences([[1], [1, 2]])
keras.utils.img_to_array(array(2, 2, 3)); keras.utils.img_to_array(array(2, 2, 3, dtype="uint8"))
keras.utils.img_to_array(array(2, 2, 3), dtype="float64"); keras.utils.array_to_img(array(2, 2, 3))
keras.utils.load_img(picture_file()); keras.utils.save_img(folder() / "a.png", array(2, 2, 3))
keras.utils.smart_resize(array(2, 2, 3), (4, 4)); keras.utils.smart_resize(array(4, 4, 3), (4, 4))
keras.utils.clear_session(); keras.utils.disable_interactive_logging()
keras.utils.enable_interactive_logging(); keras.utils.is_keras_tensor(keras.KerasTensor((2,)))
keras.utils.set_random_seed(0); keras.utils.standardize_dtype("float32"); keras.backend.backend()
keras.backend.clear_session(); keras.backend.epsilon(); keras.backend.floatx(); keras.backend.get_uid("a")
keras.backend.image_data_format(); keras.backend.is_float_dtype("float32")
keras.backend.is_int_dtype("int32"); keras.backend.is_keras_tensor(keras.KerasTensor((2,)))
keras.backend.result_type("int32"); keras.backend.set_epsilon(1e-7); keras.backend.set_floatx("float32")
keras.backend.set_image_data_format("channels_last"); keras.backend.standardize_dtype("float32")
keras.activations.serialize(keras.activations.relu); keras.constraints.serialize(keras.constraints.NonNeg())
keras.initializers.serialize(keras.initializers.Zeros()); keras.losses.serialize(keras.losses.Poisson())
keras.metrics.serialize(keras.metrics.Mean()); keras.optimizers.serialize(keras.optimizers.SGD())
keras.regularizers.serialize(keras.regularizers.L2()); keras.tree.flatten([v()])
keras.tree.pack_sequence_as([0], [v()]); keras.tree.traverse(lambda it: None, [v()])
keras.tree.map_structure(lambda it: it, [v()])
keras.applications.imagenet_utils.preprocess_input(array(1, 2, 2, 3))
keras.applications.imagenet_utils.preprocess_input(array(1, 2, 2, 3), mode="tf")
keras.applications.imagenet_utils.preprocess_input(array(1, 2, 2, 3, dtype="uint8"))
"""
# How the rest is called, whose entries are alike: the first of these that an entry takes.
LIKE = {
    "keras.*.get": ("{}(None)", "{}('sgd')", "{}('mse')", "{}('relu')"),
    "keras.*.deserialize": (
        "{}('mse')",
        "{}('relu')",
        "{}({{'class_name': 'Zeros', 'config': {{}}}})",
        "{}({{'class_name': 'SGD', 'config': {{}}}})",
        "{}({{'class_name': 'L2', 'config': {{}}}})",
        "{}({{'class_name': 'NonNeg', 'config': {{}}}})",
    ),
    "keras.activations.*": ("{}(x())", "{}(ops.transpose(x()))", "{}(x(), 0.0, 0.0)"),
    "keras.losses.*": (
        "{}(t(2, 3), t(2, 3))",
        "{}()(t(2, 3), t(2, 3))",
        "{}(whole(t(2)), t(2, 3))",
        "{}()(whole(t(2)), t(2, 3))",
        "{}(whole(t(2, 1)), t(2, 4, 3))",
        "{}()(whole(t(2, 1)), t(2, 4, 3))",
    ),
    "keras.initializers.*": ("{}()((3, 3))", "{}()((2, 3, 3))"),
    "keras.regularizers.*": ("{}()(v())",),
    "keras.constraints.*": ("{}()(v())",),
    "keras.metrics.*": (
        "{}(t(2, 3), t(2, 3))",
        "{}(whole(t(2)), t(2, 3))",
        "{}()(t(2, 3), t(2, 3))",
        "{}(0.5)(t(2, 3), t(2, 3))",
        "{}(2)(whole(t(2)), whole(t(2)))",
        "{}(2, [0])(whole(t(2)), whole(t(2)))",
        "{}()(whole(t(2)), t(2, 3))",
        "{}([1.0])(t(2, 3), t(2, 3))",
    ),
    "keras.optimizers.*": ("{}()", "{}(0.1)", "{}(0.1, 2)", "{}(0.1, 2, 0.5)", "{}([1], [0.1, 0.2])"),
    "keras.callbacks.*": (
        "{}()",
        "{}(str(folder() / 'log'))",
        "{}(str(folder() / 'm.keras'))",
        "{}(lambda epoch: 0.1)",
    ),
    "keras.applications.*.preprocess_input": (
        "{0}(array(1, 2, 2, 3)); {0}(array(1, 2, 2, 3, dtype='uint8'))",
    ),
    "keras.applications.*": ("{}(weights=None, include_top=False, input_shape=(75, 75, 3))",),
    "keras.KerasTensor.*": ("{}(v(), v())",),
}
