"""Files that torch 2.13 wrote, compressed: `record()` in test_serialization.py says of what."""

import base64
import zlib

ZIP = (
    "c-o~_TW{M`96!0#$xP{uOS=N)GGOWG(j-pYcI%qr4Ri6>5_cV;FOiqHv4<PypPY1CC8SCyg}uQSK!C&xUw}6>@eSAm0ttB8!{CVzfW$cGIL&-"
    "K+CXz!$8z%jUC!nIlM7lTicma`9vNe30vXMUWpA7FRRbHz#s`k7jGzr}?1n29*Ky1Ww%vM5yxgpsO|yEzu3!<+tPY_>Ng!l5OuJ@b2v@L6D3j$"
    "jww;z(ZkpHHwo@%PjHa<=VzVhi<bV=v)?03~yqystnn;vlgtSE}jhYEV9z;|f*T8Gumm&zI5UEK)tP~;lN}~;NO~7!hs39$^MfO0{B3ft<9=mN"
    "(qr(^;*J0!n_AvS}jOj35B1?m?VLLEk5m9T%60DfTXr3q%l4u8>)IuG2%A<H1!=w&VOc%rPAY_^<N3`%BJfnrEfoDC~a~NiHc%F$_hO-GTc*yR"
    "o6gI82+?&{oOdt&}5!x_@6Kp~qc$qqR#iM)`!$}<yjB?X4YB0-Fx~|isJH_ZS@R~<A*QGm6>5?AZJcg7GX-3z=W&<)D-"
    "9@)v>(NP!PJ%3<3t`9+y4hKeM#iw9!y+r#fhCUPyt~zK%$xico?)d~IO}mOQ)|T4Ir_2Uapp0s>hL-"
    "%Y=hG0@JJ$@e<+&l9w2eOj&C*0YESn9qsze?L^p~-"
    "?JmiiRQD}U_wBClwp}NCBf>ivG#xIoB_b!;fOkKHONr7Dc{Cet#e&OPggvz^qhUg!3tzK$h+a_>I-"
    "qx8O@}M2s7n37dbeoPI{+eFWk1$QtF+)f=Fx!Cr9F7R-A)#?Sp4tn6Q^#I(@w9#fsH+hGQGx5Zo17a1DChWW{Whisw4yb-EX9+?zeyb@)31IuY"
    "+}`(ZWOB?$VbH$F9}4%sN&T>3>SIA!n(9{0;acOeDgG8W>0Uo`Gw(u<6pUQkAnu(cK@8jj>}=51n)Oj?<_U4)rjCR=8B1PpQh80StJoyLs}lO8"
    "&{UORg_gsiVnH?|(K$ewgaxXpVQ3R+Yqmc629??oh2*apN96`_VpHtGrf5Rh9=?{*4f#>ffFCzSMvJN07p+ORBOmkov|(tjkSZG=9AAQrUPP7t"
    "6ehtg0-"
    "cqwl}B_f&uT>wNME`nf^$L+HT+s=fEkZzucj|ERA6dyz9x|4AZM|Kao6djI{O@dqE9ddqCuB!PAe`u0+`t4GMcjJ%kW7o;V5NzRhLjGRuV7E&o"
    "`L6%aBnOrKBl_g1DqAsuh`sG&%;v>OahN#(|Pk(feJ>oq09u`FV19*}{{v1IEg?*63AEMJ7Nim8JN$wzzKM2P;p1VGtUH}K-"
    "{?r=b;8%xGAUlIte+u!~--Fn65bMtn9(zRyU^79izw>$Q-"
    "5^#9V*OpqW9dsSpA<o?zw3DHPeE)hi1qi(C_mpg3U+A_>_5sg{Dghre{ZsaCJ1x;Eg3o8Lk<V-"
    "e}%pK&13r!E3mX}bql<=jUmCq46}N#_8<64`vd"
)
LEGACY = (
    "c-noFSyR(c6vwl)MWZ0@;);85scmVYbpru$32S)Ci_?kerHK=o{F7T$W|-"
    "+qEBYCH@X?RK*YP7b<AWy)FlDNp=4Nuw$?yNaC+D=KZ;JEh`~2_G4?kB%a&2kxmrUz6gseU+2!iLk+%;XNw#od!cAF3>K_8@uV{`7X8f(^VqX}"
    "t8S7?)e_E;^jw^#sq8>y_Grp>@|eU7v$=`uapO^%G3(o-SBZ8k8Vrdlo1G)cx`CMT6ZS@!G9XZ1PT<O+l_4PsW$&>J6_-"
    "LN<$le@lY<!UW%JAqR3+5495)N7vM8yk!>UxECO6waD~>(@4m3i-"
    "?G1EE36G#U))_!VW|aSgr}Zz{;>LzGi3Rq~bbLb*CwDikXih|XeqEgVrZOB_d6RY8?hxeG;=Rk4d>U#-"
    "ygagIR^Lp#yKi7yz|a56eNH*5!|EV5vwt-cbctr&e~mB6VE&Z=Su=VI)6jtd$_bTK61;{Pz063pe$p{z<>Tv5f)=+zi?jbl{9^~jWEIP16((~?"
    "@uM8zmf?3d%_fk-"
    "J|ESKq?$1M_(NaS`@h7Rt8Uhl>NSq@t7MFQ)N(ZKy)0oQf*;SYM@rHRUT5f2l1E`dJ^;rSR|;3#SskKh4k9!fp%1!}N;c=@pN3OS!3xJd9xf{%"
    "^G&<aOY!{eyBTX@n#oOL%mhkfd8k*9}kS4$;4OUTbd+vIpET&81%7aTJhW+U6wuLkC}@iLwk=DDVYc~wqk$M6_lCE{x|SqfgOnGW7`@K%EwCDp"
    "^R!$Oj@9)B<ei&3yi0})^;I*ftkr7l*YaeEhzc%Oa|`+Wkb-vQ-*osjBR<TT5L!+Y>+Pth_>f4bUq{g{@Lh$x7Mvi2goQ^M|EY#_P+1sXLrB>"
)


def bytes_of(text):
    """The file."""
    return zlib.decompress(base64.b85decode("".join(text)))
