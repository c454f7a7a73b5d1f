"""The alias engine: which names share memory, and who sees a write.

The words used throughout this package:

storage   memory that holds elements; one *object* of :mod:`tensorlint.alias.lattice` stands for it
value     what a name is bound to: an object and the *path* of view steps that leads to its elements
view      a value whose path has a step: other shape, strides or only part of the elements, same storage
alias     a value that overlaps another one's elements
write     a change of elements, in place, that every overlapping value sees
holder    whoever can still look: a local name, an attribute, a container slot, the caller
owner     who had the storage first: this function, a parameter's caller, an object's attribute, the module
old       an object or step of an earlier turn of a loop, as against the newest one

The engine reads :mod:`tensorlint.ir` and :mod:`tensorlint.knowledge`; it never sees source text or syntax.
"""
