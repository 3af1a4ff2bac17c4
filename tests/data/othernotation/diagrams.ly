\version "2.24.0"
\include "predefined-guitar-fretboards.ly"
\paper { indent = 0 tagline = ##f }
harmony = \chordmode { c1 f g a:m | d:m e:m g:7 c | a:m d:7 g:7 c | f c g c }
\score { <<
  \new ChordNames \harmony
  \new FretBoards \harmony
  \new Staff \relative c' { \time 4/4
    c4 e g e | f a c a | g b d b | a c e c | d,2 f | e g | g4 f e d | c1 |
    a'4 b c a | fis d a' c | b g f g | e c' g e | f2 a | g4 e c2 | d4 g f d | c1 }
>> }
