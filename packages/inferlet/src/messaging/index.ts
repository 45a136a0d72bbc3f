export { createMessaging } from "./create-messaging.js";
export type { Broadcast, CreateMessagingOptions } from "./create-messaging.js";
export type { Messaging, MessagingOptions, Topics } from "./messaging.js";
export { messagingOver, messagingStages } from "./messaging-stages.js";
export type { Addressed, MessagingStages, SubscribeRequest } from "./messaging-stages.js";
