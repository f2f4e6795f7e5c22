import { Page } from '@/ui'

export const ForgotPasswordPage = () => <Page title="ForgotPasswordPage">{null}</Page>
