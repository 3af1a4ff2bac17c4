\version "2.24.0"
\paper { indent = 0 tagline = ##f }
music = { \time 4/4 \repeat unfold 4 { c4 e g a | a8 g e c d2 | e4 f g b | c'1 | } }
\score { <<
  \new Staff { \clef "bass_8" \music }
  \new TabStaff \with { stringTunings = #bass-tuning } \music
>> }
