"""The fields of every kind, one a line: what a person reads when Cilium changes, and everything else derives from.

A module is one kind, named by its plural; ``shapes`` has what several kinds share. A row is ::

    path   type   constraint constraint@where …
        # what the field is for, in our words

* ``path``: ``spec.blocks[].cidr``; ``[]`` is an item of a list, ``{}`` a value of a map.
* ``type``: ``string``, ``integer``, ``boolean``, ``object`` (known fields), ``any``, or the name of a shape; with
  ``[]`` a list of it, with ``{}`` a map to it.
* constraints: ``required``, ``1..255`` (either end may be missing), ``len=1..63``, ``items=1..16``, ``enum=A|B``
  (several add up),
  ``pattern=name`` of :mod:`..patterns`, ``format=cidr``, ``default=value``, ``key=name`` (tells list entries apart),
  ``rule=name`` of :mod:`..agreements`, ``deprecated``; and for messages ``use=name`` (the field beside it that took
  its place, or a path with dots, from the root or from another kind), ``renamed=Old:New`` (an enum value),
  ``mistaken=word,word`` (wrong names that people write for it).
* ``where``: releases (``1.16-``, ``-1.15``, ``1.16-1.17``, ``1.18``), a version (``v2``) or both (``v2:1.19-``),
  several with commas. A bare ``@where`` says where the field exists at all. A path may have several rows.

A line that begins with a blank goes on with the row above. ``apiVersion`` and ``kind`` stand in every object and in
no table. The facts are those of the CRDs (Cilium pkg/k8s/apis/cilium.io: 1.15.0, 1.16.0, 1.17.5, 1.18.2, 1.19.4, and
main of 2026-05-29 for 1.20); a test compares each row with them where they are at hand.
"""
