"""What a reading of a bar pays for everything unusual in it, for `omr.music.rhythm`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prices:
    """What a reading pays for everything unusual in it; its cost is the sum.

    Prices are natural logarithms of odds, roughly: an event of price 1.0 is e (2.7) times less likely than what is
    printed, one of price 2.3 ten times. Set by hand, not counted; only their differences decide between readings.

    Whether repairs are tried:
      accept: not a price. A reading of the bar as printed that costs at most this is taken without trying repairs.
      accept_torn: the same of a bar in which notes of several lengths under a beam make no whole half beats.
    Voices. A voice falls silent where it ends before the next column, or before the end of the bar:
      gap: nothing else of its part sounds on. Also: a voice enters after the beginning, where its part is silent.
      gap_beside_staff: another voice of its staff sounds on. Also: a voice enters beside one.
      gap_beside_part: a voice sounds on, but only on other staves of its part. Also: a voice enters beside one.
      resume: a voice that fell silent plays again.
      second_voice: at the beginning of the bar, each voice of a staff after its first.
      same_stems: a voice enters while one sounds on its staff whose stem points the same way.
      opens_with_rest: a voice that enters after the beginning does so with a rest.
      other_staff: a voice changes to another staff, other than under one beam.
      turned_stem: the next stem of a voice points the other way.
      torn_group: the chords of one beam or tuplet lie in different voices, or another event comes between them.
    Time:
      overshoot: an event ends after the bar does, or begins when all voices have already reached its end.
      short_bar: the bar is shorter than its time signature says.
      rest_missed: a column begins when no voice ends, so that a rest must have been missed there.
    Dots, flags and beams that were misread:
      dot_missed, dot_extra: a dot was not found; one was found that is none (once for each event).
      level_of_group: a whole beamed group has one beam more or less than was found.
      level_of_one: one chord of a beamed group has one beam more or less.
      beams_torn: one chord of a beamed group has not as many beams as most of them, where all with as many make whole
        half beats and what was found does not. Less than a missed dot (times `makes_group_whole`).
      flag_missed: a chord without a beam has one flag more or less.
      hook_missed: the same for a chord beside a dotted one, whose short second beam is easily missed.
      makes_group_whole: not a price but a factor of one: a change to one chord costs so many times as much where it
        makes a beamed group a whole number of half beats.
      head_kind: a head that is filled was taken for a hollow one, or the reverse.
      rest_kind: a rest is twice or half as long as the one that was found.
    Tuplets:
      tuplet_unmarked: a triplet has no digit, or its digit was not found.
      tuplet_again: the same, if the voice has just played a triplet.
      tuplet_odd: a digit stands over more or fewer notes than it says, or over notes of different lengths.
      tuplet_ignored: a digit that seems a tuplet's is something else, such as a fingering.
    Room:
      spacing: a column stands 1.3 times `Spacing.usual` from where its time asks for. The price grows with the
        logarithm of the misfit's square: what is far off was shifted by something else.
    """

    accept: float = 1.3
    accept_torn: float = 0.5
    gap: float = 2.6
    gap_beside_staff: float = 0.8
    gap_beside_part: float = 1.8
    resume: float = 0.4
    second_voice: float = 0.3
    same_stems: float = 0.6
    opens_with_rest: float = 1.2
    other_staff: float = 1.2
    turned_stem: float = 0.35
    torn_group: float = 2.5
    overshoot: float = 4.5
    short_bar: float = 3.2
    dot_missed: float = 1.8
    dot_extra: float = 1.7
    level_of_group: float = 2.2
    level_of_one: float = 2.5
    beams_torn: float = 0.6
    flag_missed: float = 2.2
    hook_missed: float = 1.2
    makes_group_whole: float = 0.4
    head_kind: float = 3.2
    rest_kind: float = 2.8
    tuplet_unmarked: float = 2.0
    tuplet_again: float = 0.2
    tuplet_odd: float = 0.5
    tuplet_ignored: float = 1.2
    rest_missed: float = 1.0
    spacing: float = 0.45


PRICES = Prices()


@dataclass(frozen=True, kw_only=True)
class Surcharges:
    """What makes the events of `Prices` dearer or cheaper, in the same unit if not said otherwise. Set by hand too.

    less_usual: added for each place of a tuplet in the list of `normals`, if it has a digit.
    less_usual_unmarked: the same if it has none. Lower, since a tuplet without its digit is dear already.
    not_in_threes: a triplet without its digit in a group whose notes are no multiple of three.
    not_a_triplet: a tuplet without its digit that is no triplet, such as a quintuplet.
    against_habit: where groups of this shape have been triplets so far (see `omr.music.habits`), it is unusual that one
      is not. That costs this much, less what a triplet would cost.
    plain_triplet_most: not a price. A triplet without its digit that costs at most this, since many came before it, is
      considered as soon as the bar is read as printed.
    usual_score: not a price. Score (0 to 1) of a symbol whose kind may change at the price in the table.
    per_score: added for a score that is higher by 1, so that what was seen faintly is cheaper to change.
    per_head_score: added for a score that is higher by 1, up to `sure_head` (a score), where a head is of the other
      kind: in ink that ran or broke, the detector does not tell hollow heads from filled ones.
    per_dot_score: the same for a dot that is dropped, from the usual score down: specks are taken for dots.
    torn_again: each further chord of which `beams_torn` is true.
    whole_head: a half note is a whole one: it has a stem, which a whole note has not.
    per_position: each half staff space from a voice's last event to its next. Voices move in small steps, so this
      decides which of two voices goes on.
    most_positions: not a price. Greatest distance counted for it, in half staff spaces: an octave and a half or so.
    noise: an event with score 0 is not music and is left out.
    noise_per_score: added to it for an event with score 1.
    widening: not a price. How many times as far as `Spacing.usual` a column may stand beyond where its time asks for:
      accidentals, dots and short notes among long ones widen a gap; nothing narrows it as much.
    dot_of_other_voice: a head that two voices share has a dot, which is the other voice's.
    dot_breaks_group: it counts though the drawn beamed group is a whole number of its shortest notes without it.
    drawn: a dot, flag, beam, head or a tuplet's digit is read otherwise than a PDF draws it: twenty times less likely
      than on a scan.
    dot_beside_dot: a dot was not found, beside a chord as long that begins at the same time and has one: the dots of a
      second are printed close together, or as one, and voices often move alike.
    accept_spacing: not a price. What the spacing may cost for each column on top of `Prices.accept`, if a reading of
      the bar as printed is to be taken without trying repairs.
    """

    less_usual: float = 0.5
    less_usual_unmarked: float = 0.4
    not_in_threes: float = 1.5
    not_a_triplet: float = 0.8
    against_habit: float = 1.0
    plain_triplet_most: float = 1.0
    usual_score: float = 0.8
    per_score: float = 1.5
    per_head_score: float = 5.0
    sure_head: float = 0.9
    per_dot_score: float = 3.0
    torn_again: float = 0.3
    whole_head: float = 1.0
    per_position: float = 0.02
    most_positions: float = 12.0
    noise: float = 1.0
    noise_per_score: float = 5.0
    widening: float = 1.6
    dot_of_other_voice: float = 0.2
    dot_breaks_group: float = 1.7
    drawn: float = 3.0
    dot_beside_dot: float = 0.6
    accept_spacing: float = 0.12


SURCHARGES = Surcharges()
