"""gensim: to ask for the terms of a topic rescales that topic in the model.

package: gensim 4.4.0
place: gensim/models/nmf.py: topic /= topic.sum()
finding: TAL101
"""

import numpy as np
from gensim.models.nmf import Nmf

corpus = [[(0, 1.0), (1, 2.0)], [(1, 1.0), (2, 3.0)], [(0, 2.0), (2, 1.0)]]
model = Nmf(corpus, num_topics=2, id2word={0: "a", 1: "b", 2: "c"}, random_state=0)
document = [(0, 1.0), (1, 1.0)]


def weights() -> np.ndarray:
    """How much of each topic is in the document, as they are."""
    return np.array([share for _, share in model.get_document_topics(document, 0.0, normalize=False)])


before = weights()
model.get_topic_terms(0)
after = weights()
assert not np.allclose(before, after), "to look at a topic changes nothing"
print(f"the document's topics were {before.round(3)}; after a look at the terms of one, {after.round(3)}")
