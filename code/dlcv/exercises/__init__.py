"""The checks behind the exercises: one module a chapter.

A check takes the reader's answer, tries it on inputs where the usual mistakes show, and returns a
`Verdict` with a hint. What an answer is compared with comes from PyTorch, never from a solution.
"""
