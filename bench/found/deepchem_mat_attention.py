"""DeepChem: query, key and value of the molecule attention go through one and the same linear layer.

package: deepchem 2.8.0
place: deepchem/models/torch_models/layers.py: self.linear_layers = nn.ModuleList([
finding: TAL303
"""

from deepchem.models.torch_models.layers import MultiHeadedMATAttention

attention = MultiHeadedMATAttention(
    dist_kernel="softmax", lambda_attention=0.3, lambda_distance=0.3, h=2, hsize=8, dropout_p=0.0
)
query, key, value = attention.linear_layers

assert query.weight is key.weight is value.weight, "the layers have weights of their own"
weights = sum(parameter.numel() for parameter in attention.linear_layers.parameters())
print(f"three layers of 8 to 8 have {weights} weights together, and not {3 * (8 * 8 + 8)}")
