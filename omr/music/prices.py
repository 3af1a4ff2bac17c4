"""Prices that a reading of a bar pays for everything unusual in it, for `omr.music.rhythm`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prices:
    """Prices that a reading pays for everything unusual in it. Its cost is their sum.

    Prices are roughly natural logarithms of odds: an event with price 1.0 is e (2.7) times less likely than what is
    printed, one with price 2.3 ten times. They are set by hand, not counted. Only their differences decide between
    readings.

    Whether repairs are tried:
      accept: not a price. A reading of the bar as printed that costs at most this is accepted without trying repairs.
      accept_torn: the same for a bar in which notes of several lengths under a beam do not add up to whole half beats.
    Voices. A voice falls silent if it ends before the next column, or before the end of the bar:
      gap: nothing else of its part goes on sounding. Also: a voice enters after the beginning, where its part is
        silent.
      gap_beside_staff: another voice on its staff goes on sounding. Also: a voice enters beside one.
      gap_beside_part: a voice goes on sounding, but only on other staves of its part. Also: a voice enters beside one.
      resume: a voice that fell silent plays again.
      second_voice: each voice on a staff after its first, at the beginning of the bar.
      same_stems: a voice enters while another one sounds on its staff with stems in the same direction.
      opens_with_rest: a voice that enters after the beginning begins with a rest.
      other_staff: a voice changes to another staff, except under one beam.
      turned_stem: the next stem of a voice points in the other direction.
      torn_group: the chords of one beam or tuplet are in different voices, or another event comes between them.
    Time:
      overshoot: an event ends after the bar, or begins when all voices have already reached the end of the bar.
      short_bar: the bar is shorter than its time signature says.
      rest_missed: a column begins when no voice ends, so a rest must have been missed there.
    Dots, flags and beams that were misread:
      dot_missed, dot_extra: a dot was not found; a supposed dot is none (once for each event).
      level_of_group: a whole beamed group has one beam more or less than was found.
      level_of_one: one chord of a beamed group has one beam more or less.
      beams_torn: one chord of a beamed group was found with another number of beams than most, and the group adds up to
        whole half beats only if all have the same number. It is less than a missed dot (times `makes_group_whole`).
      flag_missed: a chord without a beam has one flag more or less.
      hook_missed: the same for a chord beside a dotted one, whose short second beam is easily missed.
      makes_group_whole: not a price, but a factor: a change to one chord costs this many times its price if it makes a
        beamed group add up to whole half beats.
      head_kind: a filled notehead was taken for a hollow one, or the reverse.
      rest_kind: a rest is twice or half as long as the one that was found.
    Tuplets:
      tuplet_unmarked: a triplet has no digit, or its digit was not found.
      tuplet_again: the same, if the voice has just played a triplet.
      tuplet_odd: a digit stands over more or fewer notes than it says, or over notes of different lengths.
      tuplet_ignored: a supposed tuplet digit is something else, such as a fingering.
    Room:
      spacing: a column is 1.3 times `Spacing.usual` away from where its time needs it. The price grows with the
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
    """What makes the events of `Prices` dearer or cheaper, in the same unit unless said otherwise. Also set by hand.

    less_usual: added for each place of a tuplet in the list of `normals`, if it has a digit.
    less_usual_unmarked: the same if it has none. It is lower, because a tuplet without its digit is dear already.
    not_in_threes: a triplet without its digit in a group whose number of notes is no multiple of three.
    not_a_triplet: a tuplet without its digit that is no triplet, such as a quintuplet.
    against_habit: if groups of this shape have been triplets so far (see `omr.music.habits`), it is unusual that one is
      not. That costs this much, less what a triplet would cost.
    plain_triplet_most: not a price. A triplet without its digit that costs at most this, because many came before it,
      is already considered when the bar is read as printed.
    usual_score: not a price. Score (0 to 1) of a symbol whose kind may change at the price in the table.
    per_score: added for a score that is higher by 1, so that faint symbols are cheaper to change.
    per_head_score: added for a notehead's score that is higher by 1, up to `sure_head`, if the notehead is read as the
      other kind, hollow or filled. Where ink ran or print is broken, the detector cannot tell these apart.
    sure_head: not a price. Score (0 to 1) from which `per_head_score` does not change the price any more.
    per_dot_score: the same as `per_score` for a dot that is dropped, from the usual score down, because specks are
      taken for dots.
    torn_again: each further chord of which `beams_torn` is true.
    whole_head: a half note is a whole one, although it has a stem, which a whole note has not.
    per_position: each half staff space from a voice's last event to its next. Voices move in small steps, so this
      decides which of two voices goes on.
    most_positions: not a price. Greatest such distance that is counted, in half staff spaces: about an octave and a
      half.
    noise: an event with score 0 is not music, and is left out.
    noise_per_score: added to `noise` for an event with score 1.
    widening: not a price. How many times as far as `Spacing.usual` a column may be beyond where its time needs it.
      Accidentals, dots and short notes among long ones widen a gap; nothing narrows it as much.
    dot_of_other_voice: the dot at a notehead that two voices share belongs to the other voice only.
    dot_breaks_group: a dot counts although the drawn beamed group is a whole number of its shortest notes without it.
    drawn: a dot, flag, beam, notehead or tuplet digit is read otherwise than a PDF draws it. This is twenty times less
      likely than on a scan.
    dot_beside_dot: a dot was not found beside a chord of the same length and onset that has one. The dots of a second
      are printed close together, or as one, and voices often move alike.
    accept_spacing: not a price. How much the spacing may cost for each column, in addition to `Prices.accept`, if a
      reading of the bar as printed is accepted without trying repairs.
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
