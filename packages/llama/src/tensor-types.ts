/** How ggml stores the elements of a tensor, by the number that a GGUF file gives the type. */

/** Elements and bytes of one block; a row holds whole blocks. */
export interface TensorType {
  readonly elements: number;
  readonly bytes: number;
}

const superblock = 256;

/** The types that llama.cpp v0.5.0 reads. */
export const tensorTypes: ReadonlyMap<number, TensorType> = new Map<number, TensorType>([
  [0, { elements: 1, bytes: 4 }], // F32
  [1, { elements: 1, bytes: 2 }], // F16
  [2, { elements: 32, bytes: 18 }], // Q4_0
  [3, { elements: 32, bytes: 20 }], // Q4_1
  [6, { elements: 32, bytes: 22 }], // Q5_0
  [7, { elements: 32, bytes: 24 }], // Q5_1
  [8, { elements: 32, bytes: 34 }], // Q8_0
  [9, { elements: 32, bytes: 36 }], // Q8_1
  [10, { elements: superblock, bytes: 84 }], // Q2_K
  [11, { elements: superblock, bytes: 110 }], // Q3_K
  [12, { elements: superblock, bytes: 144 }], // Q4_K
  [13, { elements: superblock, bytes: 176 }], // Q5_K
  [14, { elements: superblock, bytes: 210 }], // Q6_K
  [15, { elements: superblock, bytes: 292 }], // Q8_K
  [16, { elements: superblock, bytes: 66 }], // IQ2_XXS
  [17, { elements: superblock, bytes: 74 }], // IQ2_XS
  [18, { elements: superblock, bytes: 98 }], // IQ3_XXS
  [19, { elements: superblock, bytes: 50 }], // IQ1_S
  [20, { elements: 32, bytes: 18 }], // IQ4_NL
  [21, { elements: superblock, bytes: 110 }], // IQ3_S
  [22, { elements: superblock, bytes: 82 }], // IQ2_S
  [23, { elements: superblock, bytes: 136 }], // IQ4_XS
  [24, { elements: 1, bytes: 1 }], // I8
  [25, { elements: 1, bytes: 2 }], // I16
  [26, { elements: 1, bytes: 4 }], // I32
  [27, { elements: 1, bytes: 8 }], // I64
  [28, { elements: 1, bytes: 8 }], // F64
  [29, { elements: superblock, bytes: 56 }], // IQ1_M
  [30, { elements: 1, bytes: 2 }], // BF16
  [34, { elements: superblock, bytes: 54 }], // TQ1_0
  [35, { elements: superblock, bytes: 66 }], // TQ2_0
  [39, { elements: 32, bytes: 17 }], // MXFP4
  [40, { elements: 64, bytes: 36 }], // NVFP4
  [41, { elements: 128, bytes: 18 }], // Q1_0
  [42, { elements: 64, bytes: 18 }], // Q2_0
]);
