"""What is tested of every chapter. A chapter's own test file says what of, in a class like this:

class TestChapter(ChapterTests):
    number, quicker, mutations = 2, QUICKER, MUTATIONS
    folded = ["Solution 7", "Solution 8"]
"""

from mutation import Mutation


class ChapterTests:
    number: int
    quicker: tuple[tuple[str, str], ...]  # replacements that make the chapter's run shorter
    mutations: list[Mutation]
    folded: list[str]  # the titles of folded code that no exercise checks

    def pytest_generate_tests(self, metafunc):
        """One test for each mutation, and one for each piece of folded code."""
        if "mutation" in metafunc.fixturenames:
            metafunc.parametrize("mutation", self.mutations, ids=str)
        if "title" in metafunc.fixturenames:
            metafunc.parametrize("title", self.folded)

    def test_a_claim_fails_when_what_it_speaks_of_is_broken(self, chapter, mutation):
        failed = chapter.failed_claims(mutation)
        assert any(sentence.startswith(mutation.claim) for sentence in failed)

    def test_every_claim_of_the_chapter_has_a_mutation(self, chapter):
        covered = tuple(mutation.claim for mutation in self.mutations)
        assert [claim for claim in chapter.claims if not claim.startswith(covered)] == []

    def test_folded_code_without_a_check_holds_what_it_claims(self, chapter, title):
        chapter.run_solution(title)
