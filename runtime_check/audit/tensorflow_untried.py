"""Entries that no call of the battery fits: what needs several arguments that agree, a graph, or text."""

from __future__ import annotations

_NAMES = """
Tensor.__bool__ Tensor.__complex__ Tensor.__float__ Tensor.__format__ Tensor.__index__
Tensor.__int__ Tensor.__nonzero__ Tensor.__round__ Tensor.consumers Tensor.eval Tensor.gpu
Tensor.graph Tensor.name Tensor.op Tensor.value_index Variable.__deepcopy__ Variable.count_up_to
Variable.create Variable.from_proto Variable.initial_value Variable.initialized_value
Variable.to_proto approx_min_k conv conv2d_backprop_filter_v2 conv2d_backprop_input_v2 decode_raw
depth_to_space edit_distance einsum experimental.dlpack.from_dlpack experimental.numpy.arange
experimental.numpy.around experimental.numpy.einsum experimental.numpy.eye
experimental.numpy.identity experimental.numpy.pad experimental.numpy.random.rand
experimental.numpy.random.randint experimental.numpy.random.randn experimental.numpy.random.seed
experimental.numpy.round experimental.numpy.take_along_axis experimental.numpy.tri
extract_volume_patches eye fftnd get_variable gradients hessians ifftnd
image.combined_non_max_suppression image.decode_and_crop_jpeg image.decode_bmp image.decode_gif
image.decode_image image.decode_jpeg image.decode_jxl image.decode_png image.decode_webp
image.draw_bounding_boxes image.extract_jpeg_shape image.generate_bounding_box_proposals
image.grayscale_to_rgb image.is_jpeg image.non_max_suppression image.non_max_suppression_padded
image.non_max_suppression_with_scores image.pad_to_bounding_box image.sample_distorted_bounding_box
image.ssim_multiscale image.stateless_sample_distorted_bounding_box in_top_k io.decode_and_crop_jpeg
io.decode_base64 io.decode_bmp io.decode_compressed io.decode_gif io.decode_jpeg io.decode_jxl
io.decode_png io.decode_raw io.decode_webp io.deserialize_many_sparse io.encode_base64
io.encode_proto io.extract_jpeg_shape io.is_jpeg io.matching_files io.parse_tensor io.read_file
io.serialize_many_sparse io.serialize_sparse irfftnd linalg.eigh_tridiagonal linalg.einsum
linalg.experimental.conjugate_gradient linalg.eye linalg.logm linalg.lu_solve
linalg.tridiagonal_matmul linalg.tridiagonal_solve nn.all_candidate_sampler nn.approx_min_k
nn.atrous_conv2d_transpose nn.batch_norm_with_global_normalization nn.conv1d_transpose nn.conv2d
nn.conv2d_transpose nn.conv3d nn.conv3d_transpose nn.ctc_loss nn.depth_to_space nn.depthwise_conv2d
nn.depthwise_conv2d_backprop_filter nn.depthwise_conv2d_backprop_input nn.embedding_lookup_sparse
nn.fixed_unigram_candidate_sampler nn.fused_batch_norm nn.in_top_k
nn.learned_unigram_candidate_sampler nn.max_pool3d nn.nce_loss nn.pool nn.quantized_conv2d
nn.relu_layer nn.safe_embedding_lookup_sparse nn.sampled_softmax_loss
nn.sparse_softmax_cross_entropy_with_logits nn.with_space_to_batch nn.xw_plus_b numpy_function
parallel_stack placeholder py_func py_function quantization.dequantize quantization.quantize
quantization.quantized_concat ragged.cross ragged.cross_hashed ragged_fill_empty_rows
random.all_candidate_sampler random.experimental.get_global_generator
random.experimental.index_shuffle random.fixed_unigram_candidate_sampler random.get_global_generator
random.learned_unigram_candidate_sampler random.log_uniform_candidate_sampler
random.stateless_binomial random.stateless_categorical random.uniform_candidate_sampler range rfftnd
scalar_mul scatter_nd sets.size signal.fftnd signal.hamming_window signal.hann_window signal.ifftnd
signal.inverse_stft signal.irfftnd signal.kaiser_bessel_derived_window signal.kaiser_window
signal.linear_to_mel_weight_matrix signal.mdct signal.rfftnd signal.vorbis_window sobol_sample
sparse.add sparse.concat sparse.expand_dims sparse.eye sparse.fill_empty_rows sparse.mask
sparse.maximum sparse.minimum sparse.reduce_max sparse.reduce_sum sparse.reorder sparse.reset_shape
sparse.reshape sparse.retain sparse.sampled_addmm sparse.slice sparse.softmax
sparse.sparse_dense_matmul sparse.to_dense sparse.to_indicator sparse.transpose sparse_placeholder
sparse_reduce_sum sparse_tensor_to_dense sparse_to_dense string_join string_split string_to_number
strings.bytes_split strings.format strings.join strings.length strings.lower strings.ngrams
strings.reduce_join strings.regex_full_match strings.regex_replace strings.split strings.strip
strings.substr strings.to_hash_bucket strings.to_hash_bucket_fast strings.to_hash_bucket_strong
strings.to_number strings.unicode_encode strings.unicode_transcode strings.unsorted_segment_join
strings.upper substr
"""
UNTRIED = frozenset(f"tensorflow.{name}" for name in _NAMES.split())
