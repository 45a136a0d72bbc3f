export {
  classificationWithTextGeneration,
  classifiedGeneratedTextResult,
  classifiedGeneratedTextStreamResult,
  classifyGeneratedText,
} from "./classification-with-text-generation.js";
export type { ClassifiedGeneratedTextResult, ClassifiedGeneratedTextStreamResult } from "./classification-with-text-generation.js";
export { chunkerTokenization, chunkerTokenizationPart, chunkerTokenizationStreamResult } from "./chunker-tokenization.js";
export type { ChunkerTokenizationPart, ChunkerTokenizationStreamResult } from "./chunker-tokenization.js";
export { sentenceChunker } from "./sentence-chunker.js";
export { classifyEachSentence } from "./classify-each-sentence.js";
export type { ClassifyEachSentenceOptions, SentenceClassifier, SentenceSpan } from "./classify-each-sentence.js";
export { cosineSimilarity } from "./cosine-similarity.js";
export { embedding, embeddingResult, embeddingResults, embeddings, vector1D } from "./embedding.js";
export type { Embedder, EmbeddingResult, EmbeddingResults, Vector1D } from "./embedding.js";
export { rerank, rerankByEmbedding, rerankDocument, rerankResult, rerankResults, reranks, reranksByEmbedding, rerankScore, rerankScores } from "./rerank.js";
export type { RerankDocument, RerankResult, RerankResults, RerankScore, RerankScores } from "./rerank.js";
export {
  sentenceSimilarities,
  sentenceSimilarity,
  sentenceSimilarityResult,
  sentenceSimilarityResults,
  sentenceSimilarityScores,
  similaritiesByEmbedding,
  similarityByEmbedding,
} from "./sentence-similarity.js";
export type { SentenceSimilarityResult, SentenceSimilarityResults, SentenceSimilarityScores } from "./sentence-similarity.js";
export { sentences, sentencesOf } from "./sentences.js";
export type { Sentence, SentenceOptions } from "./sentences.js";
export { classificationResult, classificationResults, textClassification } from "./text-classification.js";
export type { ClassificationResult, ClassificationResults } from "./text-classification.js";
export { generatedTextResult, generatedTextStreamResult, generatedToken, generationFinishReason, textGeneration, textGenerationParameters, tokenStreamDetails } from "./text-generation.js";
export type { GeneratedTextResult, GeneratedTextStreamResult, GeneratedToken, GenerationFinishReason, TextGenerationParameters, TokenStreamDetails } from "./text-generation.js";
export { textGenerationFromChat } from "./text-generation-from-chat.js";
export type { TextGenerationFromChatOptions } from "./text-generation-from-chat.js";
export { joinText, splitText } from "./text-input.js";
export type { JoinTextOptions } from "./text-input.js";
export { tokenClassification, tokenClassificationResult, tokenClassificationResults, tokenClassificationStreamResult } from "./token-classification.js";
export type { TokenClassificationResult, TokenClassificationResults, TokenClassificationStreamResult } from "./token-classification.js";
export { token, tokenization, tokenizationResults, tokenizationStreamResult } from "./tokenization.js";
export type { Token, TokenizationResults, TokenizationStreamResult } from "./tokenization.js";
export { tokenizationByTokenizer } from "./tokenization-by-tokenizer.js";
export type { Tokenizer } from "./tokenization-by-tokenizer.js";
export { sentenceTokenization, wordTokenization } from "./sentence-tokenization.js";
