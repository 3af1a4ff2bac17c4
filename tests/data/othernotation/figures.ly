\version "2.24.0"
\paper { indent = 0 tagline = ##f }
bass = \relative c { \clef bass \key bes \major \time 3/4
  bes4 d f | g2 a4 | bes a g | f2. | es4 d c | f g a | bes f2 | bes,2. |
  c'8 d es4 d | c bes a | g f es | d2. | es4 c d | g,2. | c4 f f, | bes2. }
thoroughbass = \figuremode {
  <_>4 <6> <_> | <_>2 <6>4 | <_> <6> <6 _-> | <_>2. | <6>4 <6> <6 5> | <4> <6> <6> | <_> <4> <3> | <_>2. |
  <_>2 <6>4 | <7> <_> <6> | <_> <_-> <6> | <_+>2. | <6 5>4 <6 _-> <_+> | <_->2. | <7>4 <6 4> <5 3> | <_>2. }
\score { << \new FiguredBass \thoroughbass \new Staff \bass >> }
