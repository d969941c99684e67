"""Rasa's rules, whose verdict on a turn like an earlier one is remembered."""

import copy
import json
from typing import Any, Dict, FrozenSet, Hashable, List, Optional, Set, Text, Tuple

from rasa.core.policies import rule_policy
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY, TEXT

REMEMBERED = 5_000


class RulePolicy(rule_policy.RulePolicy):
    """Named as Rasa's own, since each prediction carries the name of its policy.

    Rasa compares all rules with the whole conversation, two or three times for each action. A rule only
    reads a few features of the last turns, so that messages of one kind meet the same verdict; it is worked
    out by Rasa's own code, the first time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = [
            json.loads(key)
            for name in (rule_policy.RULES, rule_policy.RULES_FOR_LOOP_UNHAPPY_PATH)
            for key in self.lookup.get(name, {})
        ]
        self._longest = max(map(len, rules), default=1)
        self._read: Set[Tuple[Text, Text]] = {
            (kind, name)
            for rule in rules
            for state in rule
            for kind, values in state.items()
            for name in values
        }
        self._verdicts: Dict[Hashable, PolicyPrediction] = {}

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The same prediction as Rasa's."""
        if self.config["use_nlu_confidence_as_score"]:  # then the confidence of each message counts
            return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        turn = self._turn(tracker, domain)
        verdict = self._verdicts.get(turn)
        if verdict is None:
            verdict = super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
            if len(self._verdicts) >= REMEMBERED:
                self._verdicts.clear()
            self._verdicts[turn] = _own(verdict)
            return verdict
        return _own(verdict)

    def _turn(self, tracker: DialogueStateTracker, domain: Domain) -> Hashable:
        """All that Rasa's rules look at."""
        message = tracker.latest_message
        return (
            message and message.intent.get(INTENT_NAME_KEY),
            tracker.latest_action_name,
            tracker.active_loop_name,
            tracker.is_active_loop_rejected,
            tuple(self._readable(state) for state in last_states(tracker, domain, self._longest)),
        )

    def _readable(self, state: State) -> FrozenSet[Hashable]:
        kept: List[Hashable] = [
            (kind, name, value)
            for kind, values in state.items()
            for name, value in values.items()
            if (kind, name) in self._read
        ]
        # Rasa also looks whether something was done before at all, and whether the message had a text.
        kept += [kind for kind, values in state.items() if kind == PREVIOUS_ACTION or values.get(TEXT)]
        return frozenset(kept)


def last_states(tracker: DialogueStateTracker, domain: Domain, count: int) -> List[State]:
    """The last ``count`` states of ``tracker.past_states(domain)``, without the work of the others."""
    events = tracker.applied_events()
    unread = 1 + sum(isinstance(event, ActionExecuted) for event in events) - count
    walked, states = tracker.init_copy(), []
    for event in events:
        if isinstance(event, ActionExecuted):
            if unread <= 0:
                states.append(domain.get_active_state(walked))
            unread -= 1
        event.apply_to(walked)
    return [*states, domain.get_active_state(walked)]


def _own(verdict: PolicyPrediction) -> PolicyPrediction:
    """A prediction that its receiver may change, as Rasa's ensemble does."""
    return PolicyPrediction(
        list(verdict.probabilities),
        verdict.policy_name,
        verdict.policy_priority,
        events=[copy.copy(event) for event in verdict.events],
        is_end_to_end_prediction=verdict.is_end_to_end_prediction,
        is_no_user_prediction=verdict.is_no_user_prediction,
        hide_rule_turn=verdict.hide_rule_turn,
    )
