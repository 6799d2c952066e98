;; The loops that every byte of every contribution goes through, four to sixteen values at a time (WebAssembly's fixed
;; width SIMD). Addresses are bytes. Sums are taken in an order that the number of values alone decides.
;; src/kernels.ts says what each is for; kernels/build.ts makes src/kernels-module.ts of this.
(module
  (memory (export "memory") 1)

  ;; The sum of squares of `count` float32 values, in float64; `count` is a multiple of 4.
  (func (export "squaresOfFloats") (param $at i32) (param $count i32) (result f64)
    (local $end i32) (local $values v128) (local $part v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $values (v128.load (local.get $at)))
        (local.set $part (f64x2.promote_low_f32x4 (local.get $values)))
        (local.set $low (f64x2.add (local.get $low) (f64x2.mul (local.get $part) (local.get $part))))
        (local.set $part (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $values) (local.get $values))))
        (local.set $high (f64x2.add (local.get $high) (f64x2.mul (local.get $part) (local.get $part))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))

  ;; The same of `blocks` blocks of 64 signed bytes at `integers`, each times its float32 at `scales`: a block's own sum is
  ;; an exact integer.
  (func (export "squaresOfBlocks") (param $integers i32) (param $scales i32) (param $blocks i32) (result f64)
    (local $end i32) (local $blockEnd i32) (local $bytes v128) (local $part v128) (local $squares v128)
    (local $scale f64) (local $sum f64)
    (local.set $end (i32.add (local.get $integers) (i32.shl (local.get $blocks) (i32.const 6))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $integers) (local.get $end)))
        (local.set $squares (v128.const i32x4 0 0 0 0))
        (local.set $blockEnd (i32.add (local.get $integers) (i32.const 64)))
        (loop $within
          (local.set $bytes (v128.load (local.get $integers)))
          (local.set $part (i16x8.extend_low_i8x16_s (local.get $bytes)))
          (local.set $squares
            (i32x4.add (local.get $squares) (i32x4.dot_i16x8_s (local.get $part) (local.get $part))))
          (local.set $part (i16x8.extend_high_i8x16_s (local.get $bytes)))
          (local.set $squares
            (i32x4.add (local.get $squares) (i32x4.dot_i16x8_s (local.get $part) (local.get $part))))
          (local.set $integers (i32.add (local.get $integers) (i32.const 16)))
          (br_if $within (i32.lt_u (local.get $integers) (local.get $blockEnd))))
        (local.set $scale (f64.promote_f32 (f32.load (local.get $scales))))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $sum (f64.add (local.get $sum)
          (f64.mul
            (f64.mul (local.get $scale) (local.get $scale))
            (f64.convert_i32_s
              (i32.add
                (i32.add
                  (i32x4.extract_lane 0 (local.get $squares))
                  (i32x4.extract_lane 1 (local.get $squares)))
                (i32.add
                  (i32x4.extract_lane 2 (local.get $squares))
                  (i32x4.extract_lane 3 (local.get $squares))))))))
        (br $next)))
    (local.get $sum))

  ;; The float32 values of such blocks, at `out`.
  (func (export "decodeBlocks")
    (param $integers i32) (param $scales i32) (param $blocks i32) (param $out i32)
    (local $end i32) (local $blockEnd i32) (local $scale v128) (local $words v128)
    (local.set $end (i32.add (local.get $integers) (i32.shl (local.get $blocks) (i32.const 6))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $integers) (local.get $end)))
        (local.set $scale (v128.load32_splat (local.get $scales)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $blockEnd (i32.add (local.get $integers) (i32.const 64)))
        (loop $within
          (local.set $words (v128.load8x8_s (local.get $integers)))
          (v128.store (local.get $out) (f32x4.mul (local.get $scale)
            (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_s (local.get $words)))))
          (v128.store offset=16 (local.get $out) (f32x4.mul (local.get $scale)
            (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_s (local.get $words)))))
          (local.set $out (i32.add (local.get $out) (i32.const 32)))
          (local.set $integers (i32.add (local.get $integers) (i32.const 8)))
          (br_if $within (i32.lt_u (local.get $integers) (local.get $blockEnd))))
        (br $next))))

  ;; sums += coefficient * row, float64 and float32; `count` is a multiple of 4.
  (func (export "addScaled") (param $sums i32) (param $row i32) (param $count i32) (param $coefficient f64)
    (local $end i32) (local $values v128) (local $factor v128)
    (local.set $end (i32.add (local.get $row) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $factor (f64x2.splat (local.get $coefficient)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $row) (local.get $end)))
        (local.set $values (v128.load (local.get $row)))
        (v128.store (local.get $sums) (f64x2.add
          (v128.load (local.get $sums))
          (f64x2.mul (local.get $factor) (f64x2.promote_low_f32x4 (local.get $values)))))
        (v128.store offset=16 (local.get $sums) (f64x2.add
          (v128.load offset=16 (local.get $sums))
          (f64x2.mul (local.get $factor) (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $values) (local.get $values))))))
        (local.set $sums (i32.add (local.get $sums) (i32.const 32)))
        (local.set $row (i32.add (local.get $row) (i32.const 16)))
        (br $next))))

  ;; words (int32) += whole numbers of 16 bits at `packed`, or -= where `flip` is -1 and not 0; `count` is a multiple of 4.
  (func (export "addRing16") (param $words i32) (param $packed i32) (param $count i32) (param $flip i32)
    (local $end i32) (local $flips v128)
    (local.set $end (i32.add (local.get $words) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $flips (i32x4.splat (local.get $flip)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $words) (local.get $end)))
        (v128.store (local.get $words) (i32x4.sub
          (i32x4.add
            (v128.load (local.get $words))
            (v128.xor (local.get $flips) (v128.load16x4_u (local.get $packed))))
          (local.get $flips)))
        (local.set $words (i32.add (local.get $words) (i32.const 16)))
        (local.set $packed (i32.add (local.get $packed) (i32.const 8)))
        (br $next))))

  ;; The same of 24 bits; four bytes behind the last are read.
  (func (export "addRing24") (param $words i32) (param $packed i32) (param $count i32) (param $flip i32)
    (local $end i32) (local $flips v128)
    (local.set $end (i32.add (local.get $words) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $flips (i32x4.splat (local.get $flip)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $words) (local.get $end)))
        (v128.store (local.get $words) (i32x4.sub
          (i32x4.add
            (v128.load (local.get $words))
            (v128.xor (local.get $flips) (i8x16.swizzle
              (v128.load (local.get $packed))
              (v128.const i8x16 0 1 2 -1 3 4 5 -1 6 7 8 -1 9 10 11 -1))))
          (local.get $flips)))
        (local.set $words (i32.add (local.get $words) (i32.const 16)))
        (local.set $packed (i32.add (local.get $packed) (i32.const 12)))
        (br $next))))

  ;; The same of 32 bits.
  (func (export "addRing32") (param $words i32) (param $packed i32) (param $count i32) (param $flip i32)
    (local $end i32) (local $flips v128)
    (local.set $end (i32.add (local.get $words) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $flips (i32x4.splat (local.get $flip)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $words) (local.get $end)))
        (v128.store (local.get $words) (i32x4.sub
          (i32x4.add
            (v128.load (local.get $words))
            (v128.xor (local.get $flips) (v128.load (local.get $packed))))
          (local.get $flips)))
        (local.set $words (i32.add (local.get $words) (i32.const 16)))
        (local.set $packed (i32.add (local.get $packed) (i32.const 16)))
        (br $next)))))
