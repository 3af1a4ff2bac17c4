\version "2.24.0"
\paper { indent = 0 tagline = ##f }
melody = \relative c'' { \key f \major \time 3/4
  a4 a8 bes c4 | c bes a | g2 f4 | g2. | a4 c f | e d c | bes g e | f2. |
  a4 f g | a bes c | d4. c8 bes4 | a2 g4 | f2. }
numbers = \lyricmode {
  "3"4 "3"8 "4" "5"4 | "5" "4" "3" | "2" "-" "1" | "2" "-" "-" | "3" "5" "1" | "7" "6" "5" | "4" "2" "7" |
  "1" "-" "-" | "3" "1" "2" | "3" "4" "5" | "6"4. "5"8 "4"4 | "3" "0" "2" | "1" "0" "-" }
\score { <<
  \new Lyrics \with { \override LyricText.font-encoding = #'fetaText \override LyricText.font-size = #-2 } \numbers
  \new Staff \melody
>> }
